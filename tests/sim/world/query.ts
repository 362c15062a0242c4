// The small query language over plain objects: the meaning that every store must show.
import { DomainError } from '#src/domain/errors.ts';
import type { JsonObject } from '#src/domain/json.ts';
import { readCursor, writeCursor } from '#src/ports/cursor.ts';
import type { Condition, Filter, Page, Query, Scalar } from '#src/ports/filter.ts';

const fieldPath = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_-]+)*$/;

export interface Candidate {
  id: string;
  body: JsonObject;
}

/** Whether a candidate matches. What is no field is refused before any candidate is there. */
export function matching(where: Filter): (candidate: Candidate) => boolean {
  const conditions = Object.entries(where);
  for (const [path] of conditions) mustBeField(path);
  return (candidate) => {
    for (const [path, wanted] of conditions) if (!meets(present(candidate, path), wanted)) return false;
    return true;
  };
}

/** Most of what is asked for is one plain value, and most of what is there too. */
function meets(found: unknown, wanted: Scalar | Condition): boolean {
  const isPlain = typeof wanted !== 'object' || wanted === null;
  if (isPlain && wanted !== null && typeof found !== 'object') return found !== undefined && found === wanted;
  const values = valuesOf(found);
  return isPlain ? equal(values, wanted) : fulfils(values, wanted);
}

export function select<Row extends Candidate>(rows: readonly Row[], query: Query): Page<Row> {
  const { where = {}, sort, limit = 100 } = query;
  if (sort !== undefined) mustBeField(sort.field);
  const matches = matching(where);
  const sign = sort?.direction === 'descending' ? -1 : 1;
  const rankOf = (row: Candidate): Scalar => (sort === undefined ? null : scalarAt(row, sort.field));
  const order = (left: [Scalar, string], right: [Scalar, string]): number =>
    sign * (compare(left[0], right[0]) || compare(left[1], right[1]));
  let found = rows
    .filter(matches)
    .map((row): { key: [Scalar, string]; row: Row } => ({ key: [rankOf(row), row.id], row }))
    .sort((left, right) => order(left.key, right.key));
  const { after } = query;
  if (after !== undefined) {
    const { value, id } = readCursor(after);
    found = found.filter(({ key }) => order(key, [sort === undefined ? null : value, id]) > 0);
  } else found = found.slice(query.skip ?? 0);
  const page = found.slice(0, limit);
  const end = page.at(-1);
  return {
    rows: page.map(({ row }) => row),
    next: end !== undefined && found.length > page.length ? cursorOf(end.row, query) : null,
  };
}

const cursorOf = (row: Candidate, { sort }: Query): string =>
  writeCursor(present(row, sort?.field ?? 'id') ?? null, row.id);

/** Whether the object has a value at this dotted path, and which. */
export function valueAt(body: unknown, path: string): unknown {
  if (!path.includes('.')) return memberOf(body, path);
  let value: unknown = body;
  for (const name of path.split('.')) value = memberOf(value, name);
  return value;
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;

function mustBeField(path: string): void {
  if (!fieldPath.test(path)) throw new DomainError('validation', 'Not a field');
}

const present = (candidate: Candidate, path: string): unknown => {
  const value = valueAt(candidate.body, path);
  return value === undefined && path === 'id' ? candidate.id : value;
};

/** The members of an array, or the one value; none when it is absent or null. */
function valuesOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function scalarAt(candidate: Candidate, path: string): Scalar {
  const value = present(candidate, path);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

const equal = (found: readonly unknown[], wanted: Scalar): boolean =>
  wanted === null ? found.length === 0 : found.includes(wanted);

function fulfils(found: readonly unknown[], wanted: Condition): boolean {
  if (wanted.in !== undefined && !wanted.in.some((value) => equal(found, value))) return false;
  if (wanted.not !== undefined && equal(found, wanted.not)) return false;
  if (wanted.exists !== undefined && found.length > 0 !== wanted.exists) return false;
  const { text, gt, gte, lt, lte } = wanted;
  const some = (test: (value: string | number) => boolean): boolean =>
    found.some((value) => (typeof value === 'string' || typeof value === 'number') && test(value));
  const sameKind = (value: string | number, bound: string | number): boolean => typeof value === typeof bound;
  if (gt !== undefined && !some((value) => sameKind(value, gt) && compare(value, gt) > 0)) return false;
  if (gte !== undefined && !some((value) => sameKind(value, gte) && compare(value, gte) >= 0)) return false;
  if (lt !== undefined && !some((value) => sameKind(value, lt) && compare(value, lt) < 0)) return false;
  if (lte !== undefined && !some((value) => sameKind(value, lte) && compare(value, lte) <= 0)) return false;
  if (text === undefined) return true;
  const part = text.toLowerCase();
  return some((value) => typeof value === 'string' && value.toLowerCase().includes(part));
}

const kinds = ['object', 'number', 'string', 'boolean'];

function compare(left: Scalar, right: Scalar): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === typeof right) return Number(left) - Number(right);
  return kinds.indexOf(typeof left) - kinds.indexOf(typeof right);
}
