// A copy of the database in one file: whole while others write, and refused as soon as one byte of it is another.
import { describe, expect, test } from 'bun:test';
import { copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyDatabase, inspectBackup, sealBackup, unsealBackup } from '#src/adapters/embedded/backup-file.ts';
import { openConnection } from '#src/adapters/embedded/database.ts';
import { databasePath } from '#src/adapters/embedded/engines.ts';
import { inspectDatabase } from '#src/adapters/embedded/inspection.ts';
import { folderIsLocked, lockFolder } from '#src/adapters/embedded/lock.ts';
import { sampleRecord } from '#tests/contract/sample-record.ts';
import { type Opened, openIn, withEngines } from './opened.ts';

const facts = { madeAt: 1_000, version: '1.2.3', secretKey: null };

async function backupOf({ dataDir }: Opened, secretKey: string | null = null): Promise<string> {
  const path = join(dataDir, `copy-${crypto.randomUUID()}.db`);
  await copyDatabase(databasePath(dataDir), path);
  await sealBackup(path, { ...facts, secretKey });
  return path;
}

const refusal = (message: string) => ({ message: expect.stringContaining(message) });

describe('a backup', () => {
  test(
    'holds what was answered before it began, and is whole while others write',
    withEngines(async (opened) => {
      await opened.engines.records.insert(sampleRecord('first'));
      let writing = true;
      const writer = (async () => {
        for (let count = 0; writing; count += 1)
          await opened.engines.records.insert(sampleRecord(`more-${count}`));
      })();
      const path = await backupOf(opened);
      writing = false;
      await writer;
      const { records, facts: found } = await inspectBackup(path);
      expect(found).toEqual(facts);
      expect(records[0]?.count).toBeGreaterThan(0);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect((await readdir(opened.dataDir)).filter((name) => name.startsWith('copy-'))).toHaveLength(1);
    }),
  );

  test(
    'counts records, frames, events and documents',
    withEngines(async (opened) => {
      const { records, outputLog, documents } = opened.engines;
      await records.insert(sampleRecord('one'));
      await records.insert(sampleRecord('two', { final: true }));
      const frame = { number: 0, channel: 'stdout' as const, at: 1, data: new Uint8Array([1]) };
      await outputLog.append('one', 1, [
        { kind: 'frame', frame },
        { kind: 'seal', number: 1, seal: { last: 0 } },
      ]);
      await documents.collection({ name: 'things', indexes: [] }).insert('a', { a: 1 });
      expect(await inspectBackup(await backupOf(opened))).toMatchObject({
        step: 1,
        newestAt: 1_000,
        records: [{ machine: 'execution', version: 1, count: 2, unfinished: 1 }],
        frames: 1,
        events: 0,
        documents: [{ collection: 'things', count: 1 }],
      });
    }),
  );

  test(
    'is refused when any byte of it was changed',
    withEngines(async (opened) => {
      await opened.engines.records.insert(sampleRecord('one'));
      const whole = await readFile(await backupOf(opened));
      const changed = join(opened.dataDir, 'changed.db');
      const step = Math.floor(whole.length / 60);
      for (let at = 16; at < whole.length; at += step) {
        const bytes = Buffer.from(whole);
        bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
        await writeFile(changed, bytes);
        expect(
          await inspectBackup(changed).then(
            () => `byte ${at} was not missed`,
            () => 'refused',
          ),
        ).toBe('refused');
      }
    }),
  );

  test(
    'is not written over a file that is there',
    withEngines(async ({ dataDir }) => {
      const path = join(dataDir, 'there.db');
      await writeFile(path, 'mine');
      await expect(copyDatabase(databasePath(dataDir), path)).rejects.toMatchObject({ code: 'EEXIST' });
      expect(await readFile(path, 'utf8')).toBe('mine');
    }),
  );

  test(
    'loses its facts, and the key without a trace, when it becomes a database again',
    withEngines(async (opened) => {
      const key = 'k'.repeat(40);
      const path = await backupOf(opened, key);
      expect((await inspectBackup(path)).facts?.secretKey).toBe(key);
      unsealBackup(path);
      expect((await inspectBackup(path)).facts).toBeNull();
      expect((await readFile(path)).includes(key)).toBe(false);
    }),
  );
});

describe('a database is refused with a sentence', () => {
  const altered = (sql: string, message: string) =>
    withEngines(async (opened) => {
      await opened.engines.records.insert(sampleRecord('one'));
      const path = join(opened.dataDir, 'altered.db');
      await copyDatabase(databasePath(opened.dataDir), path);
      const connection = openConnection(path);
      connection.script(sql);
      connection.close();
      await expect(inspectDatabase(path)).rejects.toMatchObject(refusal(message));
    });

  test('when a newer version wrote it', altered('INSERT INTO migrations VALUES (999, 1)', 'newer version'));
  test('when it is somebody else’s', altered('DROP TABLE records', 'not a database of Greenroom'));
  test('when no step was ever applied', altered('DELETE FROM migrations', 'not a database of Greenroom'));
  test('when a record has no body', altered('DELETE FROM record_bodies', 'damaged or not whole'));
  test('when a body is no JSON', altered(`UPDATE record_bodies SET body = '{'`, 'damaged or not whole'));
  test(
    'when a table lacks a column',
    altered('ALTER TABLE chunks RENAME COLUMN seal_last TO x', 'damaged or not whole'),
  );
});

test(
  'looking at a database that is closed leaves no file beside it',
  withEngines(async ({ dataDir, engines }) => {
    await engines.records.insert(sampleRecord('one'));
    await engines.close();
    const before = await readdir(dataDir);
    expect((await inspectDatabase(databasePath(dataDir))).records[0]?.count).toBe(1);
    expect(await readdir(dataDir)).toEqual(before);
  }),
);

test(
  'a database whose process was killed is read with its log',
  withEngines(async ({ dataDir, engines }) => {
    await engines.records.insert(sampleRecord('one'));
    const other = join(dataDir, 'other.db');
    await copyFile(databasePath(dataDir), other);
    await copyFile(`${databasePath(dataDir)}-wal`, `${other}-wal`);
    expect((await inspectDatabase(other)).records[0]?.count).toBe(1);
  }),
);

test(
  'looking at the lock takes it from nobody and makes none',
  withEngines(async ({ dataDir, engines }) => {
    expect(await folderIsLocked(dataDir)).toBe(true);
    await expect(openIn(dataDir)).rejects.toMatchObject({ kind: 'conflict' });
    await engines.close();
    expect(await folderIsLocked(dataDir)).toBe(false);
    (await lockFolder(dataDir)).release();
    expect(await folderIsLocked(join(dataDir, 'nowhere'))).toBe(false);
  }),
);
