// What is answered from memory is what the database would have answered, whatever was done between two questions; and who asks
// again while nothing changes soon costs no statement.
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import { countingDocuments, countingRecords, createChanges } from '#src/adapters/embedded/changes.ts';
import { openConnection, type SqlValue } from '#src/adapters/embedded/database.ts';
import { embeddedDocuments } from '#src/adapters/embedded/documents.ts';
import { migrate } from '#src/adapters/embedded/migrations.ts';
import { embeddedRecords } from '#src/adapters/embedded/records.ts';
import { rememberingDocuments, rememberingRecords } from '#src/adapters/embedded/remembering.ts';
import { openWriter } from '#src/adapters/embedded/writer.ts';
import { unavailable } from '#src/domain/errors.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Collection, CollectionSpec, Documents } from '#src/ports/documents.ts';
import type { Query } from '#src/ports/filter.ts';
import type { Records } from '#src/ports/records.ts';
import { sampleEvent } from '#tests/contract/sample-event.ts';
import {
  nextVersion,
  sampleMachine,
  sampleRecord,
  sampleRow,
  sampleTimer,
} from '#tests/contract/sample-record.ts';
import { dataFolder } from '#tests/support/data-folder.ts';

interface Both {
  /** As the engine gives it out. */
  records: Records;
  documents: Documents;
  /** The database itself. */
  plain: { records: Records; documents: Documents };
  /** Statements since the last call. */
  statements(): number;
  /** The next write is made and reported as failed. */
  denyNext(): void;
}

async function withBoth(body: (both: Both) => Promise<void>): Promise<void> {
  const folder = await dataFolder();
  const real = openConnection(join(folder.path, 'greenroom.db'));
  migrate(real, 1);
  let asked = 0;
  let denied = false;
  const connection = {
    ...real,
    all: <Row>(sql: string, values?: readonly SqlValue[]) => {
      asked += 1;
      return real.all<Row>(sql, values);
    },
    get: <Row>(sql: string, values?: readonly SqlValue[]) => {
      asked += 1;
      return real.get<Row>(sql, values);
    },
  };
  const writer = openWriter(real, async () => {
    if (!denied) return;
    denied = false;
    throw unavailable('a disk');
  });
  const changes = createChanges();
  const records = countingRecords(embeddedRecords(connection, writer), changes);
  const documents = countingDocuments(
    embeddedDocuments(connection, writer, () => undefined),
    changes,
  );
  await body({
    records: rememberingRecords(records, changes.count),
    documents: rememberingDocuments(documents, changes.count),
    plain: { records, documents },
    statements: () => {
      const taken = asked;
      asked = 0;
      return taken;
    },
    denyNext: () => {
      denied = true;
    },
  }).finally(async () => {
    await writer.close();
    real.close();
    await folder.remove();
  });
}

const spec: CollectionSpec = { name: 'things', indexes: [{ fields: ['state'] }] };
type Thing = { state: string; at: number };
const things = (documents: Documents): Collection<Thing> => documents.collection<Thing>(spec);

const ids = ['a', 'b', 'c'] as const;
const states = ['queued', 'running', 'completed'] as const;

type Act =
  | {
      kind: 'insert' | 'commit' | 'delete';
      id: string;
      state: string;
      at: number;
      deadline: boolean;
      unique: boolean;
    }
  | { kind: 'mark' | 'remove'; id: string }
  | { kind: 'thing' | 'change'; id: string; state: string; at: number; outbox: boolean }
  | { kind: 'markThing' | 'removeThing'; id: string }
  | { kind: 'deny' }
  | { kind: 'ask'; at: number; times: number };

const id = fc.constantFrom(...ids);
const state = fc.constantFrom(...states);
const at = fc.integer({ min: 1, max: 9 });
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('ask' as const), at, times: fc.integer({ min: 1, max: 4 }) }),
  },
  fc.record({
    kind: fc.constantFrom('insert' as const, 'commit' as const, 'delete' as const),
    id,
    state,
    at,
    deadline: fc.boolean(),
    unique: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom('mark' as const, 'remove' as const), id }),
  fc.record({
    kind: fc.constantFrom('thing' as const, 'change' as const),
    id,
    state,
    at,
    outbox: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom('markThing' as const, 'removeThing' as const), id }),
  fc.constant({ kind: 'deny' as const }),
);

/** What the loops ask for, with bounds that move. */
const finds = (bound: number): Query[] => [
  { where: { state: 'queued', at: { gte: bound } }, sort: { field: 'at', direction: 'ascending' } },
  { where: { state: 'queued' } },
  { where: { state: 'queued' }, skip: 1 },
  { where: { nextDeadline: { lt: bound } } },
  { where: { state: { in: ['queued', 'running'] }, nextDeadline: { exists: false } } },
];
const findThings = (bound: number): Query[] => [
  { where: { state: 'queued' } },
  { where: { at: { lt: bound } } },
  {},
];

async function answersOf({ records, documents }: Pick<Both, 'records' | 'documents'>, bound: number) {
  const collection = things(documents);
  return {
    deadline: await records.nextDeadline(),
    unsent: await records.unsent(bound, 10),
    held: await records.held('slot:'),
    found: await Promise.all(finds(bound).map((query) => records.find(sampleMachine, query))),
    unsentThings: await documents.unsent(bound, 10),
    things: await Promise.all(findThings(bound).map((query) => collection.find(query))),
    thing: [await collection.get('a'), await collection.get('a'), await collection.get('a')],
  };
}

function recordOf(
  act: Extract<Act, { kind: 'insert' | 'commit' | 'delete' }>,
  before: SagaRecord | null,
): SagaRecord {
  const n = before?.nextRow ?? 1;
  const parts: Partial<SagaRecord> = {
    state: act.state,
    at: act.at,
    timers: act.deadline ? [sampleTimer('t', act.at)] : [],
    outbox: [sampleRow(n, act.at)],
    nextRow: n + 1,
    uniques: act.unique ? [`slot:${act.id}`] : [],
    deletedAt: act.kind === 'delete' ? act.at : null,
  };
  return before === null ? sampleRecord(act.id, parts) : nextVersion(before, parts);
}

async function perform(both: Both, act: Exclude<Act, { kind: 'ask' }>): Promise<void> {
  const { records, documents } = both;
  const collection = things(documents);
  switch (act.kind) {
    case 'deny':
      return both.denyNext();
    case 'insert':
    case 'commit':
    case 'delete': {
      const before = await both.plain.records.load(sampleMachine, act.id);
      if (act.kind === 'insert') await records.insert(recordOf(act, null));
      else if (before !== null) await records.commit(recordOf(act, before));
      return;
    }
    case 'remove':
      await records.remove(sampleMachine, act.id);
      return;
    case 'mark':
      return records.mark(sampleMachine, act.id, 1);
    case 'thing':
    case 'change': {
      const outbox = act.outbox ? [sampleEvent(`event ${act.id}`, act.id, 'pod_overdue', act.at)] : [];
      const body = { state: act.state, at: act.at };
      if (act.kind === 'thing') await collection.insert(act.id, body, { outbox });
      else await collection.change(act.id, { set: body }, { outbox });
      return;
    }
    case 'markThing':
      return documents.mark('things', act.id, Number.MAX_SAFE_INTEGER);
    case 'removeThing':
      await collection.remove(act.id);
  }
}

test('whatever is done, the answers are those of the database', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 40 }), (acts) =>
      withBoth(async (both) => {
        for (const one of acts) {
          // A write that is reported as failed may have been made.
          if (one.kind !== 'ask') await Promise.allSettled([perform(both, one)]);
          else
            for (let round = 0; round < one.times; round += 1) {
              const bound = one.at + round;
              expect(await answersOf(both, bound)).toEqual(await answersOf(both.plain, bound));
            }
        }
      }),
    ),
    { numRuns: 150 },
  );
}, 30_000);

const whole = { state: 'queued', at: 3, deadline: true, unique: true };
const everyWrite: readonly Exclude<Act, { kind: 'ask' }>[] = [
  { kind: 'insert', id: 'a', ...whole },
  { kind: 'commit', id: 'a', ...whole, at: 4 },
  { kind: 'delete', id: 'a', ...whole, at: 5 },
  { kind: 'remove', id: 'a' },
  { kind: 'thing', id: 'a', state: 'queued', at: 3, outbox: true },
  { kind: 'change', id: 'a', state: 'running', at: 4, outbox: false },
  { kind: 'markThing', id: 'a' },
  { kind: 'removeThing', id: 'a' },
  { kind: 'thing', id: 'b', state: 'queued', at: 3, outbox: false },
];

test('each kind of write is noticed by who has asked in vain for long', () =>
  withBoth(async (both) => {
    for (const write of everyWrite) {
      for (let bound = 6; bound < 10; bound += 1) await answersOf(both, bound);
      await perform(both, write);
      expect(await answersOf(both, 10)).toEqual(await answersOf(both.plain, 10));
    }
  }));

test('who asks again while nothing changes costs no statement, until something does', () =>
  withBoth(async (both) => {
    const silent = async (): Promise<number> => {
      for (let bound = 1; bound < 4; bound += 1) await answersOf(both, bound);
      both.statements();
      await answersOf(both, 4);
      return both.statements();
    };
    expect(await silent()).toBe(0);
    await both.records.insert(sampleRecord('a', { state: 'completed', final: true }));
    await both.records.mark(sampleMachine, 'a', 1);
    await things(both.documents).insert('a', { state: 'gone', at: 100 });
    expect(await silent()).toBeGreaterThan(0);
  }));
