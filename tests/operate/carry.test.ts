// What a migration does with what it meets: a source is carried whole, again where it was cut off, and a target that differs is
// never said to be done.
import { expect, test } from 'bun:test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openContents } from '#src/adapters/embedded/contents.ts';
import { databasePath } from '#src/adapters/embedded/engines.ts';
import { carry, keyLine } from '#src/migrate.ts';
import type { StoreContents, StorePart, StoreRow } from '#src/ports/store-contents.ts';
import { openIn, withEngines } from '#tests/adapters/embedded/opened.ts';
import { sampleEvent } from '#tests/contract/sample-event.ts';
import { sampleRecord, sampleRow } from '#tests/contract/sample-record.ts';
import { dataFolder } from '#tests/support/data-folder.ts';

async function* each(rows: readonly StoreRow[]): AsyncGenerator<StoreRow, void> {
  yield* rows;
}

/** Keeps what it is given, by part, and each row once. */
function memoryTarget() {
  const kept = new Map<StorePart, Map<string, StoreRow>>();
  const rowsOf = (part: StorePart): Map<string, StoreRow> => kept.get(part) ?? new Map();
  let source: string | null = null;
  let finished = false;
  let room = Number.POSITIVE_INFINITY;
  return {
    begin: async (digest: string) => {
      const before = source;
      source = digest;
      return before === null ? ('begun' as const) : ('resumed' as const);
    },
    async write(part: StorePart, rows: AsyncIterable<StoreRow>) {
      for await (const row of rows) {
        if (room === 0) throw new Error('cut off');
        room -= 1;
        kept.set(part, rowsOf(part).set(JSON.stringify(row), row));
      }
    },
    parts: async () => [...kept.keys()],
    rows: (part: StorePart) => each([...rowsOf(part).values()]),
    finish: async () => {
      finished = true;
    },
    isFinished: () => finished,
    roomFor: (rows: number) => {
      room = rows;
    },
    put: (part: StorePart, row: StoreRow) => kept.set(part, rowsOf(part).set('more', row)),
    all: () => [...kept.values()].flatMap((rows) => [...rows.values()]),
  };
}

const contentsOf = (rows: readonly StoreRow[]): StoreContents => ({
  parts: async () => ['inputs', 'records'],
  rows: (part) => each(part === 'records' ? rows : []),
});
const records = ['a', 'b', 'c'].map((id): StoreRow => ({ kind: 'record', record: sampleRecord(id) }));

test('what is the same on both sides is done, and told part by part', async () => {
  const [target, told]: [ReturnType<typeof memoryTarget>, string[]] = [memoryTarget(), []];
  expect(await carry(contentsOf(records), target, (lines) => told.push(...lines))).toBe(0);
  expect([target.isFinished(), target.all()]).toEqual([true, records]);
  expect(told).toEqual(['Copying', expect.stringMatching(/^same {6}records: 3, [0-9a-f]{64}$/)]);
});

test('cut off, it is not done; run again, it comes to the same end', async () => {
  const [target, told]: [ReturnType<typeof memoryTarget>, string[]] = [memoryTarget(), []];
  target.roomFor(2);
  await expect(carry(contentsOf(records), target, () => undefined)).rejects.toThrow('cut off');
  expect([target.isFinished(), target.all().length]).toEqual([false, 2]);
  target.roomFor(9);
  expect(await carry(contentsOf(records), target, (lines) => told.push(...lines))).toBe(0);
  expect([target.isFinished(), target.all()]).toEqual([true, records]);
  expect(told[0]).toBe('Copying again what was cut off');
});

test('a row too many is told, and nothing is said to be done', async () => {
  const [target, told]: [ReturnType<typeof memoryTarget>, string[]] = [memoryTarget(), []];
  target.put('inputs', { kind: 'record', record: sampleRecord('d') });
  expect(await carry(contentsOf(records), target, (lines) => told.push(...lines))).toBe(1);
  expect(target.isFinished()).toBe(false);
  expect(told.at(-1)).toStartWith('Not the same: inputs.');
});

test(
  'of an embedded store every record, document, frame and input is carried, and events that somebody has not heard',
  withEngines(async ({ engines, dataDir }) => {
    const { bus, records: store, documents, outputLog } = engines;
    await store.insert(sampleRecord('a', { outbox: [sampleRow(1, 5), sampleRow(2, 5)] }));
    await store.mark('execution', 'a', 1);
    const members = documents.collection<{ name: string }>({ name: 'members', indexes: [] });
    const later = sampleEvent('later', 'user-1', 'pod_overdue', 9);
    await members.insert('m', { name: 'Ada' }, { outbox: [later] });
    await outputLog.append('a', 1, [
      { kind: 'frame', frame: { number: 0, channel: 'stdout', at: 1, data: new Uint8Array([0, 255]) } },
      { kind: 'seal', number: 1, seal: { last: 0 } },
    ]);
    await outputLog.appendInput('a', 1, { key: 'k', data: new Uint8Array([7]), end: true });
    // One group hears all of it, another came and went before.
    const topics = ['pod_overdue' as const];
    await (await bus.subscribe({ group: 'slow', topics, handle: async () => undefined })).close();
    const heard = Promise.withResolvers<void>();
    const fast = await bus.subscribe({ group: 'fast', topics, handle: async () => heard.resolve() });
    const unheard = sampleEvent('unheard', 'run-1', 'pod_overdue', 3);
    await bus.publish([unheard, sampleEvent('nobody', 'run-1', 'inspect_pod_command', 3)]);
    await heard.promise;
    await fast.close();
    await engines.close();
    const source = await openContents(databasePath(dataDir));
    const target = memoryTarget();
    expect(await carry(source, target, () => undefined)).toBe(0);
    source.close();
    const reopened = await openIn(dataDir);
    const record = await reopened.records.load('execution', 'a');
    await reopened.close();
    const run = { execution: 'a', attempt: 1 };
    const frame = { number: 0, channel: 'stdout', at: 1, data: new Uint8Array([0, 255]) };
    expect(target.all()).toEqual([
      { kind: 'record', record: record ?? sampleRecord('none') },
      { kind: 'event', collection: 'members', id: 'm', n: 1, event: later },
      { kind: 'event', collection: 'undelivered', id: 'run-1', n: 1, event: unheard },
      { kind: 'chunk', ...run, chunk: { kind: 'frame', frame } },
      { kind: 'chunk', ...run, chunk: { kind: 'seal', number: 1, seal: { last: 0 } } },
      { kind: 'input', ...run, key: 'k', input: { number: 1, data: new Uint8Array([7]), end: true } },
      { kind: 'document', collection: 'members', id: 'm', version: 1, body: { name: 'Ada' } },
    ] as StoreRow[]);
    expect(record?.sentThrough).toBe(1);
  }),
);

test('whether sessions go on is told by the secret key of the folder', async () => {
  const folder = await dataFolder();
  expect(await keyLine(folder.path, 'key')).toStartWith('The data folder holds no secret key.');
  await writeFile(join(folder.path, 'secret.key'), 'key\n');
  expect(await keyLine(folder.path, 'key')).toEndWith('sessions go on.');
  expect(await keyLine(folder.path, 'other')).toEndWith('everybody signs in anew.');
  await folder.remove();
});
