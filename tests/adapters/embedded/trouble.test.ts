// What the database's calls tell of its disk and its file: when that counts, and until when.
import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { openConnection } from '#src/adapters/embedded/database.ts';
import { watchTrouble } from '#src/adapters/embedded/trouble.ts';
import { openWriter } from '#src/adapters/embedded/writer.ts';
import { sampleRecord } from '#tests/contract/sample-record.ts';
import { dataFolder } from '#tests/support/data-folder.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { withEngines } from './opened.ts';

/** Until what was asked for has been looked at. */
const looked = () => new Promise((resume) => setImmediate(resume));
const mebibyte = 1024 * 1024;

function watch(): ReturnType<typeof watchTrouble> & { free(bytes: number): void; lines(): string[] } {
  let room = 0;
  const logger = quietLogger();
  const watched = watchTrouble({ file: 'greenroom.db', logger, roomBytes: async () => room });
  return {
    ...watched,
    free: (bytes) => {
      room = bytes;
    },
    lines: () => logger.lines.map(({ message }) => message),
  };
}

describe('trouble', () => {
  test('a full disk counts until a write succeeds and there is room again', async () => {
    const trouble = watch();
    trouble.failed('SQLITE_FULL');
    trouble.failed('SQLITE_FULL');
    expect(trouble.now()).toBe('full');
    // It found a place in the log that was there already.
    trouble.wrote();
    await looked();
    expect(trouble.now()).toBe('full');
    trouble.free(64 * mebibyte);
    await looked();
    expect(trouble.now()).toBe('full');
    trouble.wrote();
    trouble.failed('SQLITE_FULL');
    await looked();
    expect(trouble.now()).toBe('full');
    trouble.wrote();
    await looked();
    expect(trouble.now()).toBeNull();
    expect(trouble.lines()).toEqual([
      'the disk of the database is full: free some space',
      'the database can be written again',
    ]);
  });

  test('a disk that fails counts until a write succeeds', () => {
    const trouble = watch();
    trouble.failed('SQLITE_IOERR_FSYNC');
    expect(trouble.now()).toBe('failing');
    trouble.wrote();
    expect(trouble.now()).toBeNull();
  });

  test('damage stays, whatever comes', () => {
    const trouble = watch();
    trouble.free(64 * mebibyte);
    trouble.failed('SQLITE_CORRUPT_INDEX');
    trouble.failed('SQLITE_FULL');
    trouble.wrote();
    expect(trouble.now()).toBe('damaged');
  });

  test('a mistake in a statement, a conflict or a wait is no trouble of the disk', () => {
    const trouble = watch();
    for (const code of ['SQLITE_ERROR', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_BUSY', '']) trouble.failed(code);
    expect([trouble.now(), trouble.lines()]).toEqual([null, []]);
  });
});

describe('the writer and its trouble', () => {
  test('a write into a full disk is known, and so is the one that fits again', async () => {
    const folder = await dataFolder();
    const trouble = watch();
    trouble.free(64 * mebibyte);
    const connection = openConnection(join(folder.path, 'full.db'), trouble.failed);
    try {
      connection.script('CREATE TABLE texts (text TEXT) STRICT');
      const writer = openWriter(connection, async () => undefined, undefined, trouble);
      const pages = connection.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0;
      connection.script(`PRAGMA max_page_count = ${pages}`);
      const write = () =>
        writer.write((to) => to.run('INSERT INTO texts (text) VALUES (?1)', ['x'.repeat(100_000)]));
      await expect(write()).rejects.toMatchObject({
        kind: 'unavailable',
        message: 'The platform has no space left to store this; please try again later',
        retryAfterMs: 5_000,
      });
      expect(trouble.now()).toBe('full');
      connection.script('PRAGMA max_page_count = 100000');
      await write();
      await looked();
      expect(trouble.now()).toBeNull();
    } finally {
      connection.close();
      await folder.remove();
    }
  });

  test('a damaged database is written no more', async () => {
    const folder = await dataFolder();
    const trouble = watch();
    const connection = openConnection(join(folder.path, 'damaged.db'), trouble.failed);
    try {
      connection.script('CREATE TABLE texts (text TEXT) STRICT');
      const writer = openWriter(connection, async () => undefined, undefined, trouble);
      trouble.failed('SQLITE_CORRUPT');
      await expect(writer.write((to) => to.run(`INSERT INTO texts VALUES ('x')`))).rejects.toMatchObject({
        kind: 'unavailable',
        message: 'The platform cannot do this until its operator has repaired its store',
      });
      expect(connection.all('SELECT text FROM texts')).toEqual([]);
    } finally {
      connection.close();
      await folder.remove();
    }
  });

  test('after a failed sync nobody is told before the whole log lies in the database itself', async () => {
    const folder = await dataFolder();
    const path = join(folder.path, 'synced.db');
    const connection = openConnection(path);
    try {
      connection.script('CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT');
      let fails = true;
      const writer = openWriter(connection, () =>
        fails ? Promise.reject(new Error('EIO')) : Promise.resolve(),
      );
      const insert = (n: number) => writer.write((to) => to.run('INSERT INTO numbers VALUES (?1)', [n]));
      await expect(insert(1)).rejects.toMatchObject({ kind: 'unavailable' });
      expect(Bun.file(`${path}-wal`).size).toBeGreaterThan(0);
      fails = false;
      await insert(2);
      expect(Bun.file(`${path}-wal`).size).toBe(0);
      await insert(3);
      expect(Bun.file(`${path}-wal`).size).toBeGreaterThan(0);
      // A log that cannot be emptied keeps everybody waiting.
      fails = true;
      await expect(insert(4)).rejects.toMatchObject({ kind: 'unavailable' });
      fails = false;
      const reader = openConnection(path);
      reader.script('PRAGMA busy_timeout = 0');
      connection.script('PRAGMA busy_timeout = 0');
      reader.script('BEGIN');
      reader.all('SELECT * FROM numbers');
      await expect(insert(5)).rejects.toMatchObject({ kind: 'unavailable' });
      reader.close();
      await insert(6);
      expect(Bun.file(`${path}-wal`).size).toBe(0);
    } finally {
      connection.close();
      await folder.remove();
    }
  });
});

test(
  'a record or a document that was written over is damage, not the fault of whoever reads it',
  withEngines(async ({ dataDir, engines, reopened }) => {
    await engines.records.insert(sampleRecord('r1'));
    const spec = { name: 'things', indexes: [] };
    await engines.documents.collection(spec).insert('d1', { a: 1 });
    await engines.close();
    const connection = openConnection(join(dataDir, 'greenroom.db'));
    connection.run(`UPDATE record_bodies SET body = substr(body, 1, 20)`);
    connection.run(`UPDATE "documents.things" SET body = substr(body, 2)`);
    connection.close();
    const { records, documents } = await reopened();
    const damaged = { kind: 'unavailable', detail: 'the embedded database is damaged' };
    await expect(records.load('execution', 'r1')).rejects.toMatchObject(damaged);
    await expect(documents.collection(spec).get('d1')).rejects.toMatchObject(damaged);
  }),
);
