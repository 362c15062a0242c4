// Saga records, one document each. Only single documents are written, each in one step that names the version it replaces;
// a write whose answer was lost may be repeated, and says that it was done.
import type { Collection, Db } from 'mongodb';
import { unavailable } from '#src/domain/errors.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { isOversized } from '#src/domain/sizes.ts';
import type { CommitOutcome, DueTimer, InsertOutcome, RecordRef, Records } from '#src/ports/records.ts';
import { commitGroups } from './commit-groups.ts';
import { isDuplicate } from './failures.ts';
import type { MongoGate } from './gate.ts';
import { recordMarks } from './marks.ts';
import { countWhere, findPage, sumWhere } from './queries.ts';
import {
  documentId,
  type RecordDocument,
  recordSource,
  recordsCollection,
  toDocument,
  toRecord,
} from './record-document.ts';

/** Others may write in between, each only once for each look of ours. */
const triesMax = 50;

const recordsOf = (db: Db): Collection<RecordDocument> => db.collection<RecordDocument>(recordsCollection);

export function mongoRecords({ call }: MongoGate): Records {
  return {
    insert: (record) => insert({ call }, record),
    load: async (machine, id) => {
      const found = await call((db) =>
        recordsOf(db).findOne({ _id: documentId(machine, id) }, { projection: whole }),
      );
      return found === null ? null : toRecord(found);
    },
    commit: commitGroups({
      single: (record) => commit({ call }, record),
      together: (records, withinMs) => commitAll({ call }, records, withinMs),
      now: () => performance.now(),
    }),
    mark: recordMarks({ call }),
    due: (now, limit) => call((db) => due(db, now, limit)),
    nextDeadline: async () => {
      const earliest = await call((db) =>
        recordsOf(db)
          .find({ nextDeadline: { $gt: Number.NEGATIVE_INFINITY } }, { projection: { nextDeadline: 1 } })
          .sort({ nextDeadline: 1 })
          .limit(1)
          .next(),
      );
      return earliest?.nextDeadline ?? null;
    },
    unsent: async (before, limit) => {
      const found = await call((db) =>
        recordsOf(db)
          .find({ 'unsent.at': { $lte: before } }, { projection: { machine: 1, id: 1 } })
          .sort({ 'unsent.at': 1 })
          .limit(limit)
          .toArray(),
      );
      return found.map(refOf);
    },
    find: async (machine, query) => {
      const page = await call((db) => findPage<RecordDocument>(db, recordSource(machine), query));
      return { rows: page.rows.map(toRecord), next: page.next };
    },
    count: (machine, where) => call((db) => countWhere(db, recordSource(machine), where)),
    sum: (machine, field, where) => call((db) => sumWhere(db, recordSource(machine), field, where)),
    holder: (unique) => call((db) => holder(db, unique)),
    held: (prefix) => call((db) => held(db, prefix)),
    remove: async (machine, id) => {
      const deleted = { _id: documentId(machine, id), deletedAt: { $exists: true } };
      return (await call((db) => recordsOf(db).deleteOne(deleted))).deletedCount > 0;
    },
  };
}

type Caller = Pick<MongoGate, 'call'>;

const whole = { body: 1, sentThrough: 1 } as const;

const refOf = ({ machine, id }: RecordRef): RecordRef => ({ machine, id });

async function insert({ call }: Caller, record: SagaRecord): Promise<InsertOutcome> {
  const document = toDocument(record, record.sentThrough);
  for (let tries = 0; tries < triesMax; tries += 1) {
    const refused = await call((db) => written(recordsOf(db).insertOne(document)));
    if (!refused) return { kind: 'inserted' };
    const present = await call((db) =>
      recordsOf(db).findOne({ _id: document._id }, { projection: { _id: 1 } }),
    );
    if (present !== null) return { kind: 'exists' };
    const unique = await takenUnique({ call }, record);
    if (unique !== null) return { kind: 'taken', unique };
    // Whoever held it has given it back meanwhile.
  }
  throw unavailable(`mongodb: a place for ${record.machine} ${record.id}`);
}

async function commit({ call }: Caller, record: SagaRecord): Promise<CommitOutcome> {
  const _id = documentId(record.machine, record.id);
  let sentThrough = record.sentThrough;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const document = toDocument(record, sentThrough);
    const before = replacedBy(document);
    const replaced = await call((db) =>
      recordsOf(db)
        .replaceOne(before, document)
        .catch((error: unknown) => refusal(error)),
    );
    if (replaced === 'taken') {
      const unique = await takenUnique({ call }, record);
      if (unique !== null) return { kind: 'taken', unique };
      continue;
    }
    if (replaced.matchedCount > 0) return { kind: 'committed' };
    const stored = await call((db) =>
      recordsOf(db).findOne({ _id }, { projection: { version: 1, ...whole } }),
    );
    if (stored === null) return { kind: 'conflict' };
    if (isOwn(stored, document)) return { kind: 'committed' };
    if (stored.version !== record.version - 1) return { kind: 'conflict' };
    sentThrough = Math.max(sentThrough, stored.sentThrough);
  }
  throw unavailable(`mongodb: a version of ${record.machine} ${record.id} without conflict`);
}

/** A mark that came meanwhile is not in the document, so it is looked at: a commit never lowers it. */
const replacedBy = ({ _id, version, sentThrough }: RecordDocument) => ({
  _id,
  version: version - 1,
  sentThrough: { $lte: sentThrough },
});

async function commitAll(
  { call }: Caller,
  records: readonly SagaRecord[],
  withinMs: number,
): Promise<boolean> {
  try {
    const documents = records.map((record) => toDocument(record, record.sentThrough));
    const replacing = documents.map((replacement) => ({
      replaceOne: { filter: replacedBy(replacement), replacement },
    }));
    const done = await call((db) => recordsOf(db).bulkWrite(replacing, { ordered: false }), withinMs);
    return done.matchedCount === records.length;
  } catch (error) {
    // Each is then refused, or not, by itself.
    if (isOversized(error) || isDuplicate(error)) return false;
    throw error;
  }
}

/** The very same commit, done before: its answer was lost. The first version is an insert's. */
const isOwn = (stored: Pick<RecordDocument, 'version' | 'body'>, document: RecordDocument): boolean =>
  document.version > 1 && stored.version === document.version && stored.body === document.body;

/** Whether a unique index refused the write. */
const written = (write: Promise<unknown>): Promise<boolean> =>
  write.then(
    () => false,
    (error: unknown) => refusal(error) === 'taken',
  );

function refusal(error: unknown): 'taken' {
  if (isDuplicate(error)) return 'taken';
  throw error;
}

/** The first of the record's uniques that another record holds, or null. */
async function takenUnique({ call }: Caller, record: SagaRecord): Promise<string | null> {
  for (const unique of record.uniques) {
    const ref = await call((db) => holder(db, unique));
    if (ref !== null && (ref.machine !== record.machine || ref.id !== record.id)) return unique;
  }
  return null;
}

async function holder(db: Db, unique: string): Promise<RecordRef | null> {
  const found = await recordsOf(db).findOne({ uniques: unique }, { projection: { machine: 1, id: 1 } });
  return found === null ? null : refOf(found);
}

/** The last letter that there is: no text with the prefix comes after the prefix followed by it. */
const lastLetter = String.fromCodePoint(0x10ffff);

/** A record that holds one of them may hold others too. */
async function held(db: Db, prefix: string): Promise<string[]> {
  const range = { $gte: prefix, $lte: prefix + lastLetter };
  const found = await recordsOf(db)
    .find({ uniques: { $elemMatch: range } }, { projection: { uniques: 1 } })
    .toArray();
  return found
    .flatMap(({ uniques = [] }) => uniques)
    .filter((unique) => unique.startsWith(prefix))
    .sort();
}

/** Records by their earliest timer: the first `limit` of them hold the first `limit` timers. */
async function due(db: Db, now: number, limit: number): Promise<DueTimer[]> {
  const found = await recordsOf(db)
    .find({ nextDeadline: { $lte: now } }, { projection: { machine: 1, id: 1, timers: 1 } })
    .sort({ nextDeadline: 1 })
    .limit(limit)
    .toArray();
  const timers = found.flatMap(({ machine, id, timers: armed = [] }) =>
    armed.filter(({ at }) => at <= now).map(({ name, at, arming }) => ({ machine, id, name, at, arming })),
  );
  return timers.sort((left, right) => left.at - right.at).slice(0, limit);
}
