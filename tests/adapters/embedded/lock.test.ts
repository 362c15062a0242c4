// One process to a data folder, however the one before it ended.
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleMachine, sampleRecord } from '#tests/contract/sample-record.ts';
import { type DataFolder, dataFolder } from '#tests/support/data-folder.ts';
import { openIn } from './opened.ts';
import { startWriting } from './writing-child.ts';

let folder: DataFolder;

beforeEach(async () => {
  folder = await dataFolder();
});
afterEach(() => folder.remove());

const refused = { kind: 'conflict', message: expect.stringContaining('Another process') };

test('a second open of the same folder is refused until the first is closed', async () => {
  const first = await openIn(folder.path);
  await expect(openIn(folder.path)).rejects.toMatchObject(refused);
  await expect(openIn(folder.path)).rejects.toMatchObject(refused);
  await first.close();
  await (await openIn(folder.path)).close();
});

test('closing twice is closing once, and does not open the folder of the next', async () => {
  const first = await openIn(folder.path);
  await Promise.all([first.close(), first.close()]);
  const second = await openIn(folder.path);
  await first.close();
  await expect(openIn(folder.path)).rejects.toMatchObject(refused);
  await second.close();
});

test('another process that is alive keeps the folder, one that was killed does not', async () => {
  const child = await startWriting(folder.path);
  await child.acknowledged(1);
  await expect(openIn(folder.path)).rejects.toMatchObject(refused);
  await child.kill();
  await (await openIn(folder.path)).close();
});

test('what was asked for before closing is written before closing', async () => {
  const engines = await openIn(folder.path);
  const inserted = engines.records.insert(sampleRecord('late'));
  await engines.close();
  expect(await inserted).toEqual({ kind: 'inserted' });
  await expect(engines.records.insert(sampleRecord('too late'))).rejects.toMatchObject({
    kind: 'unavailable',
  });
  const again = await openIn(folder.path);
  expect(await again.records.load(sampleMachine, 'late')).not.toBeNull();
  await again.close();
});

test('a folder that cannot be made is refused with a sentence', async () => {
  const path = join(folder.path, 'file');
  await writeFile(path, '');
  await expect(openIn(join(path, 'data'))).rejects.toMatchObject({
    kind: 'infrastructure',
    message: expect.stringContaining('data folder cannot be made'),
  });
});

test('after closing, the database is one file that can be copied', async () => {
  await (await openIn(folder.path)).close();
  expect((await readdir(folder.path)).sort()).toEqual(['greenroom.db', 'greenroom.lock']);
});

test('the folder is made, and is for its owner alone', async () => {
  const path = join(folder.path, 'deep', 'data');
  await (await openIn(path)).close();
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  await chmod(path, 0o755);
  await (await openIn(path)).close();
  expect((await stat(path)).mode & 0o777).toBe(0o700);
});
