// A whole process whose store is left as a power cut would leave it, at every commit of its log: a beginning of what was written.
// What is answered before it is durable may be missing there, but then everything that builds upon it is missing as well.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { copyFile, open, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Connection, openConnection } from '#src/adapters/embedded/database.ts';
import { databasePath } from '#src/adapters/embedded/engines.ts';
import { randomIds, systemClock } from '#src/adapters/system/clock.ts';
import { type Assembled, assemble } from '#src/assemble.ts';
import { loadConfig } from '#src/config/load.ts';
import { median } from '#tests/bench/measured.ts';
import { newDataDir, removeDataDir } from '#tests/support/binary.ts';
import { adminClient, type Client } from '#tests/support/client.ts';
import { dataFolder } from '#tests/support/data-folder.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { untilGiven } from '#tests/support/until.ts';

const runs = 5;
/** What the run itself waits for; with one for each event of its history it would be more than thirty. */
const syncsMax = 23;

const syncs = await countSyncs();
let dataDir: string;
let server: Assembled;
let client: Client;
beforeAll(async () => {
  dataDir = await newDataDir();
  const { config } = await loadConfig({ DATA_DIR: dataDir, PORT: '0' }, resolve('config.test.toml'));
  server = await assemble({
    config,
    process: 'cut',
    clock: systemClock(),
    ids: randomIds(),
    logger: quietLogger(),
    webFiles: new Map(),
    onFailure: (words) => {
      throw new Error(words);
    },
  });
  await server.start();
  client = await adminClient({
    url: server.url(),
    setupToken: (await server.api?.services.setup.token()) ?? null,
  });
});
afterAll(async () => {
  await server.stop();
  syncs.end();
  await removeDataDir(dataDir);
});

test('a run waits for few syncs, and a log that ends anywhere lacks nothing of what is left', async () => {
  const began = (await logOf(dataDir)).byteLength;
  const counts: number[] = [];
  for (let number = 0; number < runs; number += 1) {
    const before = syncs.count();
    await runToItsEnd();
    counts.push(syncs.count() - before);
  }
  expect(median(counts)).toBeLessThanOrEqual(syncsMax);

  await untilGiven('all is acknowledged', async () => {
    const connection = openConnection(await copyUpTo(null));
    const { acknowledged } = lookInto(connection);
    connection.close();
    return acknowledged >= runs * 20 ? true : null;
  });
  const ends = commitsOf(await logOf(dataDir)).filter((end) => end > began);
  expect(ends.length).toBeGreaterThan(runs * 10);
  const seen = { acknowledged: new Set<number>(), kept: new Set<number>() };
  for (const end of ends) {
    const connection = openConnection(await copyUpTo(end));
    const { acknowledged, kept, lacking } = lookInto(connection);
    connection.close();
    expect({ end, lacking }).toEqual({ end, lacking: [] });
    seen.acknowledged.add(acknowledged);
    seen.kept.add(kept);
  }
  // There were states in between: neither all at once nor nothing at all.
  expect(seen.acknowledged.size).toBeGreaterThan(2);
  expect(seen.kept.size).toBeGreaterThan(runs * 10);
}, 60_000);

async function runToItsEnd(): Promise<void> {
  const answer = await client.post('/execute', { script: "print('kept')", lang: 'python' });
  const { execution_id: id } = (await answer.json()) as { execution_id: string };
  await untilGiven('its events are kept', async () => {
    const events = (await (await client.get(`/executions/${id}/events`)).json()) as { event_type: string }[];
    return events.find(({ event_type: type }) => type === 'saga_completed') ?? null;
  });
}

/** What the store holds, and what it lacks: what was acknowledged and not kept, and records without their input. */
function lookInto(connection: Connection): { acknowledged: number; kept: number; lacking: string[] } {
  const acknowledged = connection.all<{ id: string }>(
    `SELECT json_extract(events.body, '$.id') AS id FROM events JOIN event_offsets USING (topic)
     WHERE consumers = 'run-events' AND seq <= through`,
  );
  const kept = new Set(
    connection.all<{ id: string }>('SELECT id FROM "documents.run-events"').map(({ id }) => id),
  );
  const unfed = connection.all<{ id: string }>(
    `SELECT id FROM records WHERE machine = 'execution' AND id NOT IN (SELECT id FROM "documents.inputs")`,
  );
  const lacking = [...acknowledged.filter(({ id }) => !kept.has(id)), ...unfed].map(({ id }) => id);
  return { acknowledged: acknowledged.length, kept: kept.size, lacking };
}

const logOf = (folder: string): Promise<Uint8Array> => readFile(`${databasePath(folder)}-wal`);

/** A copy of the store with so many bytes of its log, or all of them. */
async function copyUpTo(end: number | null): Promise<string> {
  const folder = await copies;
  const copy = join(folder.path, 'cut.db');
  const log = await logOf(dataDir);
  await copyFile(databasePath(dataDir), copy);
  await writeFile(`${copy}-wal`, log.subarray(0, end ?? log.byteLength));
  return copy;
}

const copies = dataFolder();
afterAll(async () => (await copies).remove());

const headerBytes = { log: 32, frame: 24 };

/** Where each commit ends in a log: its last frame says how large the database is by then. */
function commitsOf(log: Uint8Array): number[] {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  const frameBytes = headerBytes.frame + view.getUint32(8);
  const ends: number[] = [];
  for (let at = headerBytes.log; at + frameBytes <= log.byteLength; at += frameBytes) {
    if (view.getUint32(at + 4) > 0) ends.push(at + frameBytes);
  }
  return ends;
}

/** Of everything in this process, from now on; none is done, so that none takes so long that it serves two. */
async function countSyncs(): Promise<{ count(): number; end(): void }> {
  const file = await open(import.meta.path);
  const prototype: typeof file = Object.getPrototypeOf(file);
  await file.close();
  const { datasync } = prototype;
  let count = 0;
  prototype.datasync = async () => {
    count += 1;
  };
  return {
    count: () => count,
    end: () => {
      prototype.datasync = datasync;
    },
  };
}
