// Collections of documents as the processes reach them.
import type { JsonObject } from '#src/domain/json.ts';
import type { Collection, CollectionSpec, Documents, Stored, UnsentDocument } from '#src/ports/documents.ts';
import type { SimProcess } from '../process.ts';
import { memoryDocuments } from '../stores/memory-documents.ts';
import type { CollectionStore, DocumentStore } from '../stores/stores.ts';

export interface DocumentWorld {
  all(collection: string): readonly Stored<JsonObject>[];
  unsent(): readonly UnsentDocument[];
  portOf(process: SimProcess): Documents;
}

export const createDocumentStore = (store: DocumentStore = memoryDocuments()): DocumentWorld => ({
  all: store.all,
  unsent: () => store.unsent(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  portOf: (process) => ({
    collection: <Body extends object>(spec: CollectionSpec) =>
      collectionPort<Body>(store.collection(spec), process),
    unsent: (before, limit) => process.call('store', 'documents.unsent', store.unsent, before, limit),
    mark: (collection, id, row) => process.call('store', 'documents.mark', store.mark, collection, id, row),
  }),
});

function collectionPort<Body extends object>(store: CollectionStore, { call }: SimProcess): Collection<Body> {
  const { insert, get, find, count, change, remove, removeWhere } = store;
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
