// Counts what this process changes. It alone writes the database, so while a count stays, a question asked again has the
// same answer (remembering.ts).
import type { Collection, CollectionSpec, Documents } from '#src/ports/documents.ts';
import type { Records } from '#src/ports/records.ts';

/** What is counted apart. */
export const ofRecords = 'records';
export const ofOutbox = 'outbox';
export const ofCollection = (name: string): string => `collection ${name}`;

/** Answers a number that grows with each change of its part, also with one whose outcome is unknown. */
export type CountOf = (part: string) => number;

export interface Changes {
  count: CountOf;
  /** Counts once the work has ended, however: by then, whatever it changed can be read. */
  after<Answer>(part: string, work: Promise<Answer>): Promise<Answer>;
}

export function createChanges(): Changes {
  const counts = new Map<string, number>();
  const count = (part: string): number => counts.get(part) ?? 0;
  return {
    count,
    after(part, work) {
      const grow = (): void => void counts.set(part, count(part) + 1);
      // Before whoever asked for the work hears of its end.
      work.then(grow, grow);
      return work;
    },
  };
}

/** Each call is listed: a new one that writes must be counted too. */
export function countingRecords(records: Records, { after }: Changes): Records {
  return {
    insert: (record, events) => after(ofRecords, records.insert(record, events)),
    commit: (record, events) => after(ofRecords, records.commit(record, events)),
    mark: (machine, id, row) => after(ofRecords, records.mark(machine, id, row)),
    remove: (machine, id) => after(ofRecords, records.remove(machine, id)),
    load: records.load,
    due: records.due,
    nextDeadline: records.nextDeadline,
    unsent: records.unsent,
    find: records.find,
    count: records.count,
    sum: records.sum,
    holder: records.holder,
    held: records.held,
  };
}

export function countingDocuments(documents: Documents, changes: Changes): Documents {
  return {
    collection: <Body extends object>(spec: CollectionSpec) =>
      countingCollection<Body>(documents.collection<Body>(spec), ofCollection(spec.name), changes),
    unsent: documents.unsent,
    mark: (collection, id, row) => changes.after(ofOutbox, documents.mark(collection, id, row)),
  };
}

function countingCollection<Body extends object>(
  collection: Collection<Body>,
  part: string,
  { after }: Changes,
): Collection<Body> {
  const withOutbox = <Answer>(
    outbox: readonly unknown[] | undefined,
    work: Promise<Answer>,
  ): Promise<Answer> => {
    if (outbox !== undefined && outbox.length > 0) after(ofOutbox, work);
    return after(part, work);
  };
  return {
    insert: (id, body, options) => withOutbox(options?.outbox, collection.insert(id, body, options)),
    change: (id, change, options) => withOutbox(options?.outbox, collection.change(id, change, options)),
    remove: (id, options) => after(part, collection.remove(id, options)),
    removeWhere: (where, limit) => after(part, collection.removeWhere(where, limit)),
    get: collection.get,
    find: collection.find,
    count: collection.count,
  };
}
