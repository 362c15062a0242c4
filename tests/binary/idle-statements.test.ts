// A whole process, put together as `serve` does, in which every statement is counted below everything of ours: once it has nothing
// to do, it asks its database nothing. Its clock runs faster than ours, so that no loop with a long period hides.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { resolve } from 'node:path';
import { randomIds, type SystemClock, systemClock } from '#src/adapters/system/clock.ts';
import { steadyTime } from '#src/adapters/system/steady-time.ts';
import { type Assembled, assemble } from '#src/assemble.ts';
import { loadConfig } from '#src/config/load.ts';
import { type Counting, countStatements } from '#tests/bench/counted-statements.ts';
import { newDataDir, removeDataDir } from '#tests/support/binary.ts';
import { adminClient } from '#tests/support/client.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { untilGiven } from '#tests/support/until.ts';

const times = 20;
const heartbeatMs = 5_000;
/** How long the process is watched, by its own clock. */
const idleMs = 200_000;

function fastClock(): SystemClock {
  const clock = systemClock();
  const [wall, began] = [clock.now(), clock.monotonic()];
  const monotonic = (): number => (clock.monotonic() - began) * times;
  return {
    ...steadyTime(() => Math.floor(wall + monotonic()), monotonic),
    monotonic,
    after: (delayMs, call) => clock.after(delayMs / times, call),
  };
}

const clock = fastClock();
const logger = quietLogger();
let dataDir: string;
let counting: Counting;
let server: Assembled;
beforeAll(async () => {
  counting = countStatements();
  dataDir = await newDataDir();
  const environment = { DATA_DIR: dataDir, PORT: '0' };
  const { config } = await loadConfig(environment, resolve('config.test.toml'));
  server = await assemble({
    config,
    process: 'idle',
    clock,
    ids: randomIds(),
    logger,
    webFiles: new Map(),
    onFailure: (words) => {
      throw new Error(words);
    },
  });
  await server.start();
});
afterAll(async () => {
  await server.stop();
  counting.end();
  await removeDataDir(dataDir);
});

/** Whoever else asks for documents also asks their own table. */
const isHeartbeat = (sql: string): boolean =>
  sql.includes('"documents.processes"') || sql.includes(' document_items ');

/** Statements since the last call, those of the heartbeat left out. */
const others = (): string[] => [...counting.take().bySql.keys()].filter((sql) => !isHeartbeat(sql));

test('a process that has nothing to do issues no statement but those of its heartbeat', async () => {
  const client = await adminClient({
    url: server.url(),
    setupToken: (await server.api?.services.setup.token()) ?? null,
  });
  const answer = await client.post('/execute', { script: "print('last')", lang: 'python' });
  const { execution_id: id } = (await answer.json()) as { execution_id: string };
  await untilGiven('the run ends', async () => {
    const view = (await (await client.get(`/executions/${id}`)).json()) as { termination: object | null };
    return view.termination;
  });

  // Every loop looks twice in vain before it knows that there is nothing to look for; none looks less often than each minute.
  let lastAt = clock.monotonic();
  await untilGiven('nothing but the heartbeat is heard for longer than any loop waits', () => {
    if (others().length > 0) lastAt = clock.monotonic();
    return clock.monotonic() - lastAt > 70_000 ? true : null;
  });

  counting.take();
  const endsAt = clock.monotonic() + idleMs;
  await untilGiven('the time is over', () => (clock.monotonic() >= endsAt ? true : null));
  const { commits, bySql } = counting.take();
  const beats = idleMs / heartbeatMs;
  // Each twelfth also tidies up.
  const writesMax = beats + beats / 12 + 2;
  expect([...bySql.keys()].filter((sql) => !isHeartbeat(sql))).toEqual([]);
  expect(commits).toBeGreaterThan(beats / 2);
  expect(commits).toBeLessThanOrEqual(writesMax);
}, 60_000);
