// Collections of documents in memory, with versions, unique indexes and outboxes, as the port promises them.
import type { DomainEvent } from '#src/domain/events.ts';
import type { JsonObject } from '#src/domain/json.ts';
import { checkDocument, checkMessage } from '#src/domain/sizes.ts';
import type {
  Change,
  ChangeOptions,
  CollectionSpec,
  DocumentChange,
  DocumentInsert,
  IndexSpec,
  Stored,
  UnsentDocument,
} from '#src/ports/documents.ts';
import type { Filter, Page, Query } from '#src/ports/filter.ts';
import { changed } from '../world/change.ts';
import { copy } from '../world/copy.ts';
import { matching, select, valueAt } from '../world/query.ts';
import type { CollectionStore, DocumentStore } from './stores.ts';

interface Kept {
  id: string;
  version: number;
  body: JsonObject;
}

type Row = UnsentDocument['rows'][number];

interface Shelf {
  name: string;
  indexes: readonly IndexSpec[];
  documents: Map<string, Kept>;
  /** By the document's id: what it said outlives it. */
  outboxes: Map<string, Row[]>;
}

export function memoryDocuments(): DocumentStore {
  const shelves = new Map<string, Shelf>();
  // Numbers of all documents together: a row once marked is never given again, not even after a removal.
  let rows = 0;
  const enqueue = ({ outboxes }: Shelf, id: string, events: readonly DomainEvent[]): void => {
    const said = events.map((event) => ({ n: ++rows, event: copy(event) }));
    if (said.length > 0) outboxes.set(id, [...(outboxes.get(id) ?? []), ...said]);
  };
  const open = ({ name, indexes }: CollectionSpec): Shelf => {
    const shelf = shelves.get(name) ?? { name, indexes, documents: new Map(), outboxes: new Map() };
    shelves.set(name, shelf);
    return shelf;
  };
  return {
    collection: (spec) => operations(open(spec), enqueue),
    unsent: (before, limit) =>
      [...shelves]
        .flatMap(([collection, { outboxes }]) => waiting(collection, outboxes, before))
        .sort((left, right) => left.oldestAt - right.oldestAt || left.first - right.first)
        .slice(0, limit)
        .map(({ document }) => document),
    mark(collection, id, row) {
      const outboxes = shelves.get(collection)?.outboxes;
      const left = outboxes?.get(id)?.filter(({ n }) => n > row) ?? [];
      if (left.length > 0) outboxes?.set(id, left);
      else outboxes?.delete(id);
    },
    names: () => [...shelves.keys()],
    all: (collection) => [...(shelves.get(collection)?.documents.values() ?? [])].map(stored),
  };
}

interface Waiting {
  oldestAt: number;
  /** Number of the first row. */
  first: number;
  document: UnsentDocument;
}

function waiting(collection: string, outboxes: Shelf['outboxes'], before: number): Waiting[] {
  return [...outboxes]
    .map(([id, rows]) => ({
      oldestAt: Math.min(...rows.map(({ event }) => event.at)),
      first: rows[0]?.n ?? 0,
      document: { collection, id, rows },
    }))
    .filter(({ oldestAt }) => oldestAt <= before);
}

function operations(
  shelf: Shelf,
  enqueue: (shelf: Shelf, id: string, events: readonly DomainEvent[]) => void,
): CollectionStore {
  const { name, documents, indexes } = shelf;
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
    (options.where === undefined || matching(options.where)(kept));

  return {
    insert(id: string, body: JsonObject, outbox: readonly DomainEvent[]): DocumentInsert {
      if (documents.has(id)) return { kind: 'exists' };
      const fields = taken(id, body);
      if (fields !== undefined) return { kind: 'taken', fields };
      checkDocument(name, id, JSON.stringify(body));
      for (const event of outbox) checkMessage(event);
      documents.set(id, { id, version: 1, body: copy(body) });
      enqueue(shelf, id, outbox);
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
    count: (where: Filter): number => all().filter(matching(where)).length,
    change(id: string, asked: Change, options: ChangeOptions = {}): DocumentChange<JsonObject> {
      const kept = documents.get(id);
      if (kept === undefined) return { kind: 'absent' };
      if (!fits(kept, options)) return { kind: 'unmatched', stored: stored(kept) };
      const body = changed(kept.body, asked);
      const fields = taken(id, body);
      if (fields !== undefined) return { kind: 'taken', fields };
      checkDocument(name, id, JSON.stringify(body));
      const { outbox = [] } = options;
      for (const event of outbox) checkMessage(event);
      kept.body = body;
      kept.version++;
      enqueue(shelf, id, outbox);
      return { kind: 'changed', stored: stored(kept) };
    },
    remove(id: string, options: { expectedVersion?: number; where?: Filter } = {}): boolean {
      const kept = documents.get(id);
      return kept !== undefined && fits(kept, options) && documents.delete(id);
    },
    removeWhere(where: Filter, limit: number): number {
      const gone = all().filter(matching(where)).slice(0, limit);
      for (const { id } of gone) documents.delete(id);
      return gone.length;
    },
  };
}

const stored = ({ id, version, body }: Kept): Stored<JsonObject> => ({ id, version, body });
