// Counts what changes in the stores, in the moment in which it changes, as a process alone with its store would count it.
import { type CountOf, ofCollection, ofOutbox, ofRecords } from '#src/adapters/embedded/changes.ts';
import type { CollectionStore, Stores } from './stores.ts';

export function counted(stores: Stores): { stores: Stores; count: CountOf } {
  const counts = new Map<string, number>();
  const count: CountOf = (part) => counts.get(part) ?? 0;
  const { records, documents } = stores;

  function counting<Sent extends unknown[], Answer>(
    parts: readonly string[],
    work: (...sent: Sent) => Answer,
  ): (...sent: Sent) => Answer {
    return (...sent) => {
      for (const part of parts) counts.set(part, count(part) + 1);
      return work(...sent);
    };
  }

  function collection(store: CollectionStore, name: string): CollectionStore {
    const parts = [ofCollection(name), ofOutbox];
    return {
      ...store,
      insert: counting(parts, store.insert),
      change: counting(parts, store.change),
      remove: counting(parts, store.remove),
      removeWhere: counting(parts, store.removeWhere),
    };
  }

  return {
    count,
    stores: {
      ...stores,
      records: {
        ...records,
        insert: counting([ofRecords], records.insert),
        commit: counting([ofRecords], records.commit),
        mark: counting([ofRecords], records.mark),
        remove: counting([ofRecords], records.remove),
        overwrite: counting([ofRecords], records.overwrite),
      },
      documents: {
        ...documents,
        collection: (spec) => collection(documents.collection(spec), spec.name),
        mark: counting([ofOutbox], documents.mark),
      },
    },
  };
}
