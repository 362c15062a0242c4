// Finding and counting, the same for records and documents: order is total, and a cursor is the place of a row in that
// order, never a count, so that pages stay in place while rows come and go.
import type { Db, Document } from 'mongodb';
import { type Cursor, readCursor, writeCursor } from '#src/ports/cursor.ts';
import type { Filter, Query } from '#src/ports/filter.ts';
import { both, checkedField, compileFilter, type PathOf } from './filter.ts';

/** What is searched. */
export interface Source {
  collection: string;
  pathOf: PathOf;
  /** The path that breaks ties. */
  idPath: string;
  /** Holds for every row of the source. */
  scope: Document;
}

const limitDefault = 100;

export const conditionOf = (source: Source, where: Filter): Document => {
  const compiled = compileFilter(where, source.pathOf);
  return Object.keys(source.scope).some((path) => path in compiled)
    ? both(source.scope, compiled)
    : { ...compiled, ...source.scope };
};

export async function findPage<Row extends Document>(
  db: Db,
  source: Source,
  query: Query,
): Promise<{ rows: Row[]; next: string | null }> {
  const order = orderOf(source, query);
  const limit = query.limit ?? limitDefault;
  const condition = conditionOf(source, query.where ?? {});
  const after = query.after === undefined ? {} : afterCursor(order, readCursor(query.after));
  const found = await db
    .collection(source.collection)
    .find<Row>(both(condition, after))
    .sort(
      order.byId ? { [order.idPath]: order.sign } : { [order.path]: order.sign, [order.idPath]: order.sign },
    )
    .skip(query.after === undefined ? (query.skip ?? 0) : 0)
    .limit(limit + 1)
    .toArray();
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, next: found.length > limit && last !== undefined ? cursorOf(order, last) : null };
}

export const countWhere = (db: Db, source: Source, where: Filter): Promise<number> =>
  db.collection(source.collection).countDocuments(conditionOf(source, where));

/** What is no number adds nothing. */
export async function sumWhere(db: Db, source: Source, field: string, where: Filter): Promise<number> {
  const path = source.pathOf(checkedField(field));
  const [answer] = await db
    .collection(source.collection)
    .aggregate<{ sum: number }>([
      { $match: conditionOf(source, where) },
      { $group: { _id: null, sum: { $sum: `$${path}` } } },
    ])
    .toArray();
  return answer?.sum ?? 0;
}

interface Order {
  path: string;
  idPath: string;
  byId: boolean;
  sign: 1 | -1;
}

function orderOf({ pathOf, idPath }: Source, { sort }: Query): Order {
  const { field, direction } = sort ?? { field: 'id', direction: 'ascending' };
  const sign = direction === 'ascending' ? 1 : -1;
  return { path: pathOf(checkedField(field)), idPath, byId: field === 'id', sign };
}

/** The server's order of types, after null and what is absent; a comparison there stays within one of them. */
const typeOrder = ['number', 'string', 'object', 'bool'] as const;

/** What comes after the cursor's row. */
function afterCursor({ path, idPath, byId, sign }: Order, { value, id }: Cursor): Document {
  const beyond = sign === 1 ? '$gt' : '$lt';
  const later = { [idPath]: { [beyond]: id } };
  if (byId) return later;
  const tied = { [path]: { $eq: value }, ...later };
  if (value === null) return sign === 1 ? { $or: [tied, { [path]: { $ne: null } }] } : tied;
  const at = typeOrder.findIndex((type) => type === (typeof value === 'boolean' ? 'bool' : typeof value));
  const types = sign === 1 ? typeOrder.slice(at + 1) : typeOrder.slice(0, at);
  const others = types.length === 0 ? [] : [{ [path]: { $type: types } }];
  const empty = sign === 1 ? [] : [{ [path]: { $eq: null } }];
  return { $or: [tied, { [path]: { [beyond]: value } }, ...others, ...empty] };
}

const cursorOf = ({ path, idPath }: Order, row: Document): string =>
  writeCursor(valueAt(row, path) ?? null, valueAt(row, idPath));

function valueAt(row: unknown, path: string): unknown {
  let value = row;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, part)?.value;
  }
  return value;
}
