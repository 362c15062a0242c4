// Compiles the filter language to SQL. Values and paths are always bound, never part of the text: what is pasted is only
// what the schema itself names. Truth values and nested things are compared as blobs, so that none equals a number.
import { invalid } from '#src/domain/errors.ts';
import type { Json } from '#src/domain/json.ts';
import type { Condition, Filter, Scalar } from '#src/ports/filter.ts';
import type { SqlValue } from './database.ts';

/** Adds a value to the statement and answers its place: `?3`. */
export type Bind = (value: SqlValue) => string;

export interface FieldSql {
  /** A number, a text, a blob for a truth value or a nested thing, or NULL for what is absent. */
  value: string;
  /** Whether a list in this field has an element of which `matches` holds; absent where there are no lists. */
  contains?: (matches: (element: string) => string) => string;
}

export type FieldOf = (field: string, bind: Bind) => FieldSql;

const truths = { yes: new Uint8Array([1]), no: new Uint8Array([0]) } as const;
const nested = new Uint8Array([2]);

/** How a value is stored and compared. Blobs sort after texts, and texts after numbers, in every store of ours. */
export function comparable(value: Json | undefined): SqlValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value ? truths.yes : truths.no;
  return typeof value === 'object' ? nested : value;
}

/** The value of which this was made; undefined for lists and objects, which are all alike. */
export function scalarOf(value: SqlValue): Scalar | undefined {
  if (!(value instanceof Uint8Array)) return value;
  return value[0] === nested[0] ? undefined : value[0] === truths.yes[0];
}

/** The same, by SQL, of what `type` and `value` name: for fields without a column of their own. */
export const comparableSql = (type: string, value: string): string =>
  `CASE ${type} WHEN 'true' THEN x'01' WHEN 'false' THEN x'00' WHEN 'array' THEN x'02' WHEN 'object' THEN x'02' ELSE ${value} END`;

const fieldName = /^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$/;

export const isFieldName = (text: string): boolean => text.length <= 200 && fieldName.test(text);

/** The path of a dotted field in a JSON document, as SQLite reads it. */
export function jsonPath(field: string): string {
  if (!isFieldName(field)) throw invalid('Not the name of a field', ['where']);
  return `$.${field
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')}`;
}

/** A condition that is true of every row when there is nothing to ask. */
export function compileFilter(where: Filter, fieldOf: FieldOf, bind: Bind): string {
  const conditions = Object.entries(where).flatMap(([field, condition]) =>
    compileCondition(fieldOf(field, bind), condition, bind),
  );
  return conditions.length === 0 ? '1' : conditions.map((one) => `(${one})`).join(' AND ');
}

function compileCondition(field: FieldSql, condition: Scalar | Condition, bind: Bind): string[] {
  if (condition === null || typeof condition !== 'object') return [oneOf(field, [condition], bind)];
  const { value } = field;
  const parts: string[] = [];
  if (condition.in !== undefined) parts.push(oneOf(field, condition.in, bind));
  if (condition.not !== undefined) parts.push(`NOT coalesce(${oneOf(field, [condition.not], bind)}, 0)`);
  if (condition.exists !== undefined) parts.push(`${value} IS ${condition.exists ? 'NOT ' : ''}NULL`);
  if (condition.text !== undefined) parts.push(containsText(value, condition.text, bind));
  for (const [name, operator] of ranges) {
    const limit = condition[name];
    if (limit !== undefined)
      parts.push(`${value} ${operator} ${bind(limit)}`, ofType(value, limit, operator));
  }
  // Nothing is asked, and here as well the value has to stand in the statement.
  return parts.length === 0 ? [`${value} IS ${value}`] : parts;
}

const ranges = [
  ['gt', '>'],
  ['gte', '>='],
  ['lt', '<'],
  ['lte', '<='],
] as const;

/** Numbers sort before texts and texts before blobs: a range of one kind must not reach into another. */
function ofType(value: string, limit: number | string, operator: string): string {
  const upwards = operator.startsWith('>');
  if (typeof limit === 'number') return upwards ? `${value} < ''` : '1';
  return upwards ? `${value} < x''` : `${value} >= ''`;
}

function oneOf(field: FieldSql, choices: readonly Scalar[], bind: Bind): string {
  const parts: string[] = [];
  if (choices.includes(null)) parts.push(`${field.value} IS NULL`);
  const values = choices.filter((choice) => choice !== null);
  if (values.length > 0) {
    const matches = matching(values, bind);
    parts.push(matches(field.value));
    if (field.contains !== undefined) parts.push(field.contains(matches));
  }
  // What was bound for the value has to stand in the statement.
  return parts.length === 0 ? `0 AND ${field.value}` : parts.join(' OR ');
}

/** One value is an equality, which every index serves; many go in as one bound list, so that the statement stays the same. */
function matching(values: readonly (string | number | boolean)[], bind: Bind): (of: string) => string {
  const [only] = values;
  if (values.length === 1 && only !== undefined) {
    const bound = bind(comparable(only));
    return (of) => `${of} = ${bound}`;
  }
  const truthValues = [...new Set(values.filter((value) => typeof value === 'boolean'))];
  const rest = bind(JSON.stringify(values.filter((value) => typeof value !== 'boolean')));
  const bounds = truthValues.map((value) => bind(comparable(value)));
  return (of) =>
    [`${of} IN (SELECT value FROM json_each(${rest}))`, ...bounds.map((bound) => `${of} = ${bound}`)].join(
      ' OR ',
    );
}

/**
 * SQLite folds the case of ASCII letters only, so each other letter of the text that has two cases is folded by name.
 * `instr` knows no wild cards.
 */
function containsText(value: string, text: string, bind: Bind): string {
  const sought = text.toLowerCase();
  let folded = `lower(${value})`;
  for (const letter of new Set(sought)) {
    const upper = letter.toUpperCase();
    const beyondAscii = (letter.codePointAt(0) ?? 0) > 127;
    if (beyondAscii && upper !== letter && [...upper].length === 1) {
      folded = `replace(${folded}, ${bind(upper)}, ${bind(letter)})`;
    }
  }
  return `typeof(${value}) = 'text' AND instr(${folded}, ${bind(sought)}) > 0`;
}
