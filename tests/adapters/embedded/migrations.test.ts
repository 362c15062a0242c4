// The schema grows by steps, each whole or not at all; what cannot be understood is refused with a clear sentence.
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Connection, openConnection } from '#src/adapters/embedded/database.ts';
import { migrate } from '#src/adapters/embedded/migrations.ts';
import { type Step, schemaSteps } from '#src/adapters/embedded/schema-steps.ts';
import { type DataFolder, dataFolder } from '#tests/support/data-folder.ts';
import { openIn } from './opened.ts';

let folder: DataFolder;

beforeEach(async () => {
  folder = await dataFolder();
});
afterEach(() => folder.remove());

const first: Step = { number: 1, sql: 'CREATE TABLE one (a TEXT); INSERT INTO one VALUES (1)' };
const second: Step = { number: 2, sql: 'CREATE TABLE two (a TEXT)' };
const broken: Step = { number: 2, sql: 'CREATE TABLE two (a TEXT); INSERT INTO nowhere VALUES (1)' };

async function inDatabase(body: (connection: Connection) => void): Promise<void> {
  const connection = openConnection(join(folder.path, 'greenroom.db'));
  try {
    body(connection);
  } finally {
    connection.close();
  }
}

const tables = (connection: Connection) =>
  connection
    .all<{ name: string }>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    .map(({ name }) => name);

test('each step is applied once, also when there are more later', () =>
  inDatabase((connection) => {
    migrate(connection, 1_000, [first]);
    migrate(connection, 2_000, [first, second]);
    migrate(connection, 3_000, [first, second]);
    expect(connection.all('SELECT number, at FROM migrations ORDER BY number')).toEqual([
      { number: 1, at: 1_000 },
      { number: 2, at: 2_000 },
    ]);
    expect(connection.all('SELECT a FROM one')).toHaveLength(1);
    expect(tables(connection)).toEqual(['migrations', 'one', 'two']);
  }));

test('a step that fails leaves nothing behind', () =>
  inDatabase((connection) => {
    expect(() => migrate(connection, 1_000, [first, broken])).toThrow();
    expect(tables(connection)).toEqual(['migrations', 'one']);
    migrate(connection, 2_000, [first, second]);
    expect(tables(connection)).toEqual(['migrations', 'one', 'two']);
  }));

test('steps are numbered from 1 without a gap', () => {
  expect(schemaSteps.map((step) => step.number)).toEqual(schemaSteps.map((_, index) => index + 1));
});

test('a folder that a newer version wrote is refused, and stays as it is', async () => {
  await inDatabase((connection) => {
    migrate(connection, 1_000);
    connection.run('INSERT INTO migrations (number, at) VALUES (999, 1)');
  });
  await expect(openIn(folder.path)).rejects.toMatchObject({
    kind: 'invalid_state',
    message: expect.stringContaining('newer version'),
  });
  await inDatabase((connection) => {
    connection.run('DELETE FROM migrations WHERE number = 999');
  });
  await (await openIn(folder.path)).close();
});

test('a damaged database is refused with a sentence, and the folder is free again', async () => {
  const path = join(folder.path, 'greenroom.db');
  await writeFile(path, 'this is no database, and long enough to be taken for one: '.repeat(40));
  for (const _attempt of [1, 2]) {
    await expect(openIn(folder.path)).rejects.toMatchObject({
      kind: 'infrastructure',
      message: expect.stringContaining('damaged'),
    });
  }
});
