// Collections of documents with versions, unique indexes and outboxes, as the port promises them.
import type { DomainEvent } from '#src/domain/events.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type {
  Change,
  ChangeOptions,
  Collection,
  CollectionSpec,
  DocumentChange,
  DocumentInsert,
  Documents,
  IndexSpec,
  Stored,
  UnsentDocument,
} from '#src/ports/documents.ts';
import type { Filter, Page, Query } from '#src/ports/filter.ts';
import type { SimProcess } from '../process.ts';
import { changed } from './change.ts';
import { copy } from './copy.ts';
import { matches, select, valueAt } from './query.ts';

interface Kept {
  id: string;
  version: number;
  body: JsonObject;
  outbox: { n: number; event: DomainEvent }[];
  nextRow: number;
  sentThrough: number;
}

interface Shelf {
  indexes: readonly IndexSpec[];
  documents: Map<string, Kept>;
}

export interface DocumentStore {
  all(collection: string): readonly Stored<JsonObject>[];
  unsent(): readonly UnsentDocument[];
  portOf(process: SimProcess): Documents;
}

export function createDocumentStore(): DocumentStore {
  const shelves = new Map<string, Shelf>();
  const open = (spec: CollectionSpec): Shelf => {
    const shelf = shelves.get(spec.name) ?? { indexes: spec.indexes, documents: new Map() };
    shelves.set(spec.name, shelf);
    return shelf;
  };
  const unsent = (before: number, limit: number): UnsentDocument[] =>
    [...shelves]
      .flatMap(([collection, { documents }]) => waiting(collection, documents, before))
      .slice(0, limit);
  const mark = (collection: string, id: string, row: number): void => {
    const kept = shelves.get(collection)?.documents.get(id);
    if (kept === undefined) return;
    kept.sentThrough = Math.max(kept.sentThrough, row);
    kept.outbox = kept.outbox.filter(({ n }) => n > kept.sentThrough);
  };
  return {
    all: (collection) => [...(shelves.get(collection)?.documents.values() ?? [])].map(stored),
    unsent: () => unsent(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    portOf: (process) => ({
      collection: <Body extends object>(spec: CollectionSpec) => collectionPort<Body>(open(spec), process),
      unsent: (before, limit) => process.call('store', 'documents.unsent', unsent, before, limit),
      mark: (collection, id, row) => process.call('store', 'documents.mark', mark, collection, id, row),
    }),
  };
}

const waiting = (collection: string, documents: Map<string, Kept>, before: number): UnsentDocument[] =>
  [...documents.values()]
    .map(({ id, outbox }) => ({ collection, id, rows: outbox }))
    .filter(({ rows: [oldest] }) => oldest !== undefined && oldest.event.at <= before);

function collectionPort<Body extends object>(shelf: Shelf, { call }: SimProcess): Collection<Body> {
  const { insert, get, find, count, change, remove, removeWhere } = operations(shelf);
  // The one place where a body's type meets plain JSON: bodies are what their writers said they are.
  const typed = <Answer>(answer: Promise<unknown>): Promise<Answer> => answer as Promise<Answer>;
  return {
    insert: (id, body, options) =>
      call('store', 'documents.insert', insert, id, body as JsonObject, options?.outbox ?? []),
    get: (id) => typed(call('store', 'documents.get', get, id)),
    find: (query) => typed(call('store', 'documents.find', find, query)),
    count: (where) => call('store', 'documents.count', count, where),
    change: (id, asked, options) =>
      typed(call('store', 'documents.change', change, id, asked, options ?? {})),
    remove: (id, options) => call('store', 'documents.remove', remove, id, options ?? {}),
    removeWhere: (where, limit) => call('store', 'documents.removeWhere', removeWhere, where, limit),
  };
}

function operations({ documents, indexes }: Shelf) {
  const all = (): Kept[] => [...documents.values()];
  const taken = (id: string, body: JsonObject): readonly string[] | undefined =>
    indexes.find(({ unique, fields }) => {
      if (unique !== true) return false;
      const key = fields.map((field) => valueAt(body, field));
      if (key.some((value) => value === undefined || value === null)) return false;
      return all().some(
        (other) => other.id !== id && fields.every((field, at) => valueAt(other.body, field) === key[at]),
      );
    })?.fields;
  const fits = (kept: Kept, options: { expectedVersion?: number; where?: Filter }): boolean =>
    (options.expectedVersion === undefined || options.expectedVersion === kept.version) &&
    (options.where === undefined || matches(kept, options.where));

  return {
    insert(id: string, body: JsonObject, outbox: readonly DomainEvent[]): DocumentInsert {
      if (documents.has(id)) return { kind: 'exists' };
      const fields = taken(id, body);
      if (fields !== undefined) return { kind: 'taken', fields };
      const kept: Kept = { id, version: 1, body: copy(body), outbox: [], nextRow: 1, sentThrough: 0 };
      enqueue(kept, outbox);
      documents.set(id, kept);
      return { kind: 'inserted' };
    },
    get(id: string): Stored<JsonObject> | null {
      const kept = documents.get(id);
      return kept === undefined ? null : stored(kept);
    },
    find(query: Query): Page<Stored<JsonObject>> {
      const { rows, next } = select(all(), query);
      return { rows: rows.map(stored), next };
    },
    count: (where: Filter): number => all().filter((kept) => matches(kept, where)).length,
    change(id: string, asked: Change, options: ChangeOptions): DocumentChange<JsonObject> {
      const kept = documents.get(id);
      if (kept === undefined) return { kind: 'absent' };
      if (!fits(kept, options)) return { kind: 'unmatched', stored: stored(kept) };
      const body = changed(kept.body, asked);
      const fields = taken(id, body);
      if (fields !== undefined) return { kind: 'taken', fields };
      kept.body = body;
      kept.version++;
      enqueue(kept, options.outbox ?? []);
      return { kind: 'changed', stored: stored(kept) };
    },
    remove(id: string, options: { expectedVersion?: number; where?: Filter }): boolean {
      const kept = documents.get(id);
      return kept !== undefined && fits(kept, options) && documents.delete(id);
    },
    removeWhere(where: Filter, limit: number): number {
      const gone = all()
        .filter((kept) => matches(kept, where))
        .slice(0, limit);
      for (const { id } of gone) documents.delete(id);
      return gone.length;
    },
  };
}

const stored = ({ id, version, body }: Kept): Stored<JsonObject> => ({ id, version, body });

function enqueue(kept: Kept, events: readonly DomainEvent[]): void {
  for (const event of events) kept.outbox.push({ n: kept.nextRow++, event: copy(event) });
}
