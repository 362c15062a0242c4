// The one writer: many writes in one transaction, none harmed by another, nobody told before it is durable.
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { join } from 'node:path';
import { type Connection, openConnection } from '#src/adapters/embedded/database.ts';
import { openWriter } from '#src/adapters/embedded/writer.ts';
import { type DataFolder, dataFolder } from '#tests/support/data-folder.ts';

let folder: DataFolder;
let connection: Connection;
let transactions = 0;

beforeEach(async () => {
  folder = await dataFolder();
  const real = openConnection(join(folder.path, 'writer.db'));
  real.script('CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT');
  transactions = 0;
  connection = {
    ...real,
    script: (sql) => {
      if (sql.startsWith('BEGIN')) transactions += 1;
      real.script(sql);
    },
  };
});
afterEach(async () => {
  connection.close();
  await folder.remove();
});

const noSync = async () => undefined;
const insert = (n: number) => (write: Connection) => write.run('INSERT INTO numbers (n) VALUES (?1)', [n]);
const stored = () => connection.all<{ n: number }>('SELECT n FROM numbers ORDER BY n').map(({ n }) => n);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test('writes of one turn of the event loop share one transaction and one sync', async () => {
  let syncs = 0;
  const writer = openWriter(connection, async () => {
    syncs += 1;
  });
  const results = await Promise.all(upTo(50).map((n) => writer.write(insert(n))));
  expect(results).toEqual(upTo(50).map(() => 1));
  expect(stored()).toEqual(upTo(50));
  expect([transactions, syncs]).toEqual([1, 1]);
});

test('one bad write harms nobody else of its batch', async () => {
  const writer = openWriter(connection, noSync);
  await writer.write(insert(3));
  transactions = 0;
  const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => writer.write(insert(n))));
  expect(outcomes.map((outcome) => outcome.status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
  expect(stored()).toEqual([1, 2, 3, 4, 5]);
  expect(transactions).toBe(6);
});

test('a write that fails alone keeps nobody who comes later', async () => {
  const writer = openWriter(connection, noSync);
  await writer.write(insert(1));
  await expect(
    writer.write(() => {
      throw new Error('never');
    }),
  ).rejects.toMatchObject({ kind: 'infrastructure' });
  await writer.write(insert(2));
  expect(stored()).toEqual([1, 2]);
});

test('a write that fails half-way leaves nothing behind', async () => {
  const writer = openWriter(connection, noSync);
  const half = writer.write((write) => {
    insert(1)(write);
    throw new Error('no further');
  });
  const whole = writer.write(insert(2));
  await expect(half).rejects.toMatchObject({ kind: 'infrastructure', cause: expect.any(Error) });
  await whole;
  expect(stored()).toEqual([2]);
});

test('nobody is told before the sync, and other writes are committed meanwhile', async () => {
  const sync = Promise.withResolvers<void>();
  let syncs = 0;
  const writer = openWriter(connection, () => {
    syncs += 1;
    return syncs === 1 ? sync.promise : Promise.resolve();
  });
  const told: string[] = [];
  const first = writer.write(insert(1), () => void told.push('committed')).then(() => told.push('durable'));
  const noted = await writer.note((write) => void insert(2)(write)).then(() => told.push('noted'));
  const later = writer.write(insert(3));
  while (stored().length < 3) await new Promise((resume) => setImmediate(resume));
  expect(noted).toBe(2);
  expect(told).toEqual(['committed', 'noted']);
  sync.resolve();
  await Promise.all([first, later]);
  expect(told).toEqual(['committed', 'noted', 'durable']);
  expect(syncs).toBe(2);
});

test('what nobody waits for costs no sync of its own', async () => {
  let syncs = 0;
  const writer = openWriter(connection, async () => {
    syncs += 1;
  });
  await writer.note((write) => void insert(1)(write));
  await writer.note((write) => void insert(2)(write));
  expect([stored(), syncs]).toEqual([[1, 2], 0]);
  await Promise.all([writer.note((write) => void insert(3)(write)), writer.write(insert(4))]);
  expect([stored(), syncs]).toEqual([[1, 2, 3, 4], 1]);
});

test('when the sync fails the outcome is unknown, and the next one is tried anew', async () => {
  let fails = true;
  const writer = openWriter(connection, () => (fails ? Promise.reject(new Error('EIO')) : Promise.resolve()));
  await expect(writer.write(insert(1))).rejects.toMatchObject({ kind: 'unavailable' });
  fails = false;
  await writer.write(insert(2));
  expect(stored()).toEqual([1, 2]);
});

test('a full disk is a dependency that is away, for those that did not fit', async () => {
  const writer = openWriter(connection, noSync);
  connection.script('CREATE TABLE texts (n INTEGER PRIMARY KEY, text TEXT) STRICT');
  const pages = connection.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0;
  connection.script(`PRAGMA max_page_count = ${pages + 4}`);
  const write = (text: string) =>
    writer.write((to) => to.run('INSERT INTO texts (text) VALUES (?1)', [text]));
  const outcomes = await Promise.allSettled([write('small'), write('x'.repeat(100_000)), write('small too')]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(outcomes[1]).toMatchObject({ reason: { kind: 'unavailable' } });
  expect(connection.all('SELECT text FROM texts')).toEqual([{ text: 'small' }, { text: 'small too' }]);
});

test('closing writes what waits and refuses what comes later', async () => {
  const writer = openWriter(connection, noSync);
  const waiting = upTo(2_500).map((n) => writer.write(insert(n)));
  await writer.close();
  await Promise.all(waiting);
  expect(stored()).toHaveLength(2_500);
  await expect(writer.write(insert(9_999))).rejects.toMatchObject({ kind: 'unavailable' });
});
