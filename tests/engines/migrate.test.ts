// From one process on SQLite to many on servers: everything that was there is there, checked on both sides; what was unfinished
// goes on; and a migration that is cut off or disturbed is never served.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { type Db, MongoClient } from 'mongodb';
import { openConnection } from '#src/adapters/embedded/database.ts';
import { databasePath } from '#src/adapters/embedded/engines.ts';
import { adminAccount, binaryPath, newDataDir, removeDataDir } from '#tests/support/binary.ts';
import { login } from '#tests/support/client.ts';
import { type Ended, greenroom } from '#tests/support/command.ts';
import { until } from '#tests/support/until.ts';
import { createDeployment, serversHere } from './deployment.ts';
import { type EmbeddedPast, embeddedPast, shown } from './embedded-past.ts';
import { endOf, outputOf, submit, viewOf } from './runs.ts';

setDefaultTimeout(240_000);
const servers = serversHere();
const database = `migrated-${crypto.randomUUID().slice(0, 8)}`;
const mongo = new MongoClient(servers.MONGODB_URI);
const db: Db = mongo.db(database);
let past: EmbeddedPast;
let besideServer: Ended;
let bystander: string;

beforeAll(async () => {
  bystander = await newDataDir();
  past = await embeddedPast(async (dataDir) => {
    besideServer = await migrate(dataDir, 'a secret that is long enough for it');
  });
}, 240_000);
afterAll(async () => {
  await db.dropDatabase();
  await mongo.close();
  await past.remove();
  await removeDataDir(bystander);
});

const environmentOf = (secretKey: string, name = database): Record<string, string> => ({
  ...servers,
  SECRET_KEY: secretKey,
  GREENROOM_MONGODB_DATABASE: name,
});
const migrate = (dataDir: string, secretKey: string, name = database): Promise<Ended> =>
  greenroom(bystander, ['migrate', dataDir], { environment: environmentOf(secretKey, name) });

const chunks = (): Promise<number> => db.collection('chunks').countDocuments();

test('beside a running server, without a database, and without servers to go to, it is refused and nothing is made', async () => {
  expect([besideServer.code, besideServer.err]).toEqual([1, expect.stringContaining('Another process')]);
  const nothing = await migrate(bystander, past.secretKey);
  expect([nothing.code, nothing.err]).toEqual([
    1,
    expect.stringContaining('no database in this data folder'),
  ]);
  const embedded = await greenroom(bystander, ['migrate', past.dataDir]);
  expect([embedded.code, embedded.err]).toEqual([1, expect.stringContaining('give mongodb.uri')]);
  const nameless = await greenroom(bystander, ['migrate']);
  expect([nameless.code, nameless.err]).toEqual([2, expect.stringContaining('the name of a folder')]);
  expect(await db.listCollections().toArray()).toEqual([]);
});

test('a database that holds anything is left as it is', async () => {
  const others = mongo.db(`${database}-others`);
  await others.collection('things').insertOne({ a: 1 });
  const { code, err } = await migrate(past.dataDir, past.secretKey, others.databaseName);
  expect([code, err]).toEqual([1, expect.stringContaining('is not empty')]);
  expect((await others.listCollections().toArray()).map(({ name }) => name)).toEqual(['things']);
  await others.dropDatabase();
});

test('killed half-way, nobody serves it', async () => {
  const child = Bun.spawn([binaryPath, 'migrate', past.dataDir], {
    env: { PATH: process.env.PATH, ...environmentOf(past.secretKey) },
    stdout: 'ignore',
    stderr: 'ignore',
  });
  await until(async () => (await chunks()) > 500, 60_000);
  child.kill('SIGKILL');
  await child.exited;
  expect(child.signalCode).toBe('SIGKILL');
  expect(await chunks()).toBeLessThan(past.looseFrames);
  const { code, err } = await greenroom(bystander, ['serve'], { environment: environmentOf(past.secretKey) });
  expect([code, err]).toEqual([1, expect.stringContaining('holds only a part of what is migrated')]);
});

test('a row that differs is told, by its part, and no command works on it', async () => {
  const seventh = { execution: 'none', number: 7 };
  await db.collection('chunks').updateOne(seventh, { $set: { at: 2 } });
  const { code, out } = await migrate(past.dataDir, past.secretKey);
  expect(code).toBe(1);
  expect(out).toMatch(/^different chunks: /m);
  expect(out).toMatch(/^same {6}records: /m);
  expect(out).toContain('Not the same: chunks.');
  const account = ['--username', 'other', '--email', 'other@example.org', '--password-stdin'];
  const opened = { environment: environmentOf(past.secretKey), input: 'correct horse battery' };
  const { err } = await greenroom(bystander, ['create-admin', ...account], opened);
  expect(err).toContain('holds only a part of what is migrated');
  await db.collection('chunks').updateOne(seventh, { $set: { at: 1 } });
});

test('what was begun from another state of the folder is not gone on with', async () => {
  const connection = openConnection(databasePath(past.dataDir));
  const change = 'UPDATE chunks SET at = at + (?1) WHERE execution = (?2) AND number = 9';
  connection.run(change, [1, 'none']);
  const { code, err } = await migrate(past.dataDir, past.secretKey);
  expect([code, err]).toEqual([1, expect.stringContaining('was something else')]);
  connection.run(change, [-1, 'none']);
  connection.close();
});

test('run again it comes to its end, with both sides the same, and is not done a second time', async () => {
  const { code, out, err } = await migrate(past.dataDir, past.secretKey);
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('Copying again what was cut off');
  expect(out).not.toContain('different');
  const same = out.split('\n').filter((line) => line.startsWith('same '));
  const parts = same.map((line) => line.split(/[ :]+/)[1]);
  for (const part of [
    'records',
    'chunks',
    'inputs',
    'documents.users',
    'documents.inputs',
    'documents.sessions',
  ])
    expect(parts).toContain(part);
  expect(out).toContain('What is unfinished goes on');
  expect(out).toContain('With the one that its settings gave, sessions go on');
  const again = await migrate(past.dataDir, past.secretKey);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('was made already')]);
});

test('everybody finds everything again, and what was unfinished ends', async () => {
  const fleet = await createDeployment({
    servers,
    seats: {
      most: 'api,saga-orchestrator,result-processor,dlq-processor,event-replay',
      worker: 'k8s-worker,pod-monitor',
    },
    // The worker knows by it that the sandboxes of the stopped server are gone.
    folders: { worker: past.dataDir },
    environment: environmentOf(past.secretKey),
  });
  try {
    await Promise.all(fleet.names.map(fleet.start));
    const client = await login(fleet.url('most'), adminAccount.username, adminAccount.password);
    for (const [id, before] of past.ended) expect(await shown(client, id)).toEqual(before);
    const before = past.client.at(fleet.url('most'));
    expect((await before.get('/auth/me')).status).toBe(200);
    expect(await endOf(client, past.underWay)).toMatchObject({ status: 'completed', exit_code: 0 });
    expect((await viewOf(client, past.underWay)).attempts.map(({ number }) => number)).toEqual([1, 2]);
    expect(await endOf(client, past.waiting)).toMatchObject({ status: 'completed', exit_code: 0 });
    expect(await outputOf(client, past.waiting)).toBe('waited\n');
    const id = await submit(client, "print('new')");
    expect(await endOf(client, id)).toMatchObject({ status: 'completed' });
    expect(await outputOf(client, id)).toBe('new\n');
    expect(fleet.fallen()).toEqual([]);
  } finally {
    expect(await fleet.close()).toEqual([]);
  }
});
