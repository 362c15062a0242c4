// The whole interface on the embedded store, with somebody in it who owns something, and a look at everything stored
// that does not ask the interface.
import { Database } from 'bun:sqlite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel } from '#actors/kernel/kernel.ts';
import { openEmbedded } from '#src/adapters/embedded/engines.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import type { LiveFeed } from '#src/ports/live-feed.ts';
import { type ApiWorld, apiWorld, type Person } from './api-world.ts';

export interface HostileWorld extends ApiWorld {
  liveFeed: LiveFeed;
  /** Somebody logged in, with an unfinished run that may still be typed into. */
  owner(): Promise<Owner>;
  /** How many rows there are of everything that an accepted request could have made. */
  stored(): Record<string, number>;
  close(): Promise<void>;
}

export interface Owner extends Person {
  /** What stands for the parameters of a path. */
  owned: Readonly<Record<string, string>>;
}

/** Signs sessions and CSRF tokens. */
export const secret = 'the secret of a world of hostile people';

// What a refused request may leave: that it was refused.
const remembersRefusals = /login_attempts|security_log|^sqlite_|^events$|^event_offsets$|^document_outbox$/;

export async function hostileWorld(): Promise<HostileWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'hostile-'));
  const clock = systemClock();
  const { logger } = apiWorld().deps.ports;
  const engines = await openEmbedded({ dataDir: folder, clock, logger });
  const { records, documents, outputLog, liveFeed, limiter } = engines;
  const kernel = createKernel({ ...engines, clock, logger }, { service: 'api', serviceVersion: '1' });
  const ids = { next: () => crypto.randomUUID() };
  const world = apiWorld({
    policy: { queuedPerUserMax: 100_000 },
    settings: { secret },
    ports: { records, documents, outputLog, liveFeed, limiter, clock, ids, sagas: kernel },
  });
  const database = new Database(join(folder, 'greenroom.db'), { readonly: true });
  let owners = 0;

  return {
    ...world,
    liveFeed,
    async owner() {
      const person = await world.person(`owner${++owners}`);
      const body = { script: 'input()', stdin_open: true };
      const run = await world.ask('POST', '/api/v1/execute', { as: person, body });
      const sessions = await world.ask('GET', '/api/v1/auth/sessions', { as: person });
      const owned = {
        execution_id: (await run.json()).execution_id,
        session_id: (await sessions.json()).sessions[0].session_id,
      };
      return { ...person, owned };
    },
    stored: () => countsOf(database),
    async close() {
      await world.api.services.securityLog.settled();
      await kernel.settled();
      database.close();
      await engines.close();
      await rm(folder, { recursive: true });
    },
  };
}

function countsOf(database: Database): Record<string, number> {
  const tables = database
    .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all();
  const counted = tables.map(({ name }) => name).filter((name) => !remembersRefusals.test(name));
  const count = (name: string): number =>
    database.query<{ rows: number }, []>(`SELECT count(*) AS rows FROM "${name}"`).get()?.rows ?? 0;
  return Object.fromEntries(counted.map((name) => [name, count(name)]));
}
