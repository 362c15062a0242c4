// What an installation may owe nobody once everything has ended, asked of its stores through the ports.

import { placementsOf } from '#actors/placements.ts';
import { machineNames } from '#machines/registry.ts';
import { type MongoEngines, openMongo } from '#src/adapters/mongo/engines.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import { deadLetterMachineName } from '#src/domain/dead-letter.ts';
import type { LiveFeed } from '#src/ports/live-feed.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { directly } from './redis-world.ts';

export interface DebtsOptions {
  uri: string;
  database: string;
}

/** Each kind that was looked for: null, or what was found. */
export async function debtsOf({ uri, database }: DebtsOptions): Promise<Record<string, string | null>> {
  const engines = await openMongo({
    uri,
    database,
    clock: systemClock(),
    logger: quietLogger(),
    outboxWaits: () => undefined,
  });
  try {
    return await debts(engines);
  } finally {
    await engines.close();
  }
}

const noFeed: LiveFeed = { hint: () => undefined, subscribe: () => () => undefined, subscribers: () => 0 };
const everAfter = Number.MAX_SAFE_INTEGER;

async function debts({ records, documents }: MongoEngines): Promise<Record<string, string | null>> {
  const found: Record<string, string[]> = {};
  const unfinished: string[] = [];
  const quarantined: string[] = [];
  const held: string[] = [];
  for (const machine of machineNames) {
    const page = await records.find(machine, { where: { final: false }, limit: 5 });
    if (machine !== deadLetterMachineName)
      unfinished.push(...page.rows.map(({ id, state }) => `${machine} ${id} ${state}`));
    const aside = await records.find(machine, { where: { quarantined: true }, limit: 5 });
    quarantined.push(...aside.rows.map(({ id }) => `${machine} ${id}`));
  }
  for (const { id } of (await records.find('execution', { where: { heldCount: { gt: 0 } }, limit: 5 })).rows)
    held.push(id);
  const letters = await records.find(deadLetterMachineName, { limit: 5 });
  found['records unfinished'] = unfinished;
  found['records quarantined'] = quarantined;
  found['attempts held'] = held;
  found['slots held'] = await records.held('slot:');
  found['events in outboxes'] = (await records.unsent(everAfter, 5)).map(
    ({ machine, id }) => `${machine} ${id}`,
  );
  found['documents in the outbox'] = (await documents.unsent(everAfter, 5)).map(
    ({ collection, id }) => `${collection} ${id}`,
  );
  found['timers left'] = (await records.due(everAfter, 5)).map(
    ({ machine, id, name }) => `${machine} ${id} ${name}`,
  );
  found['dead letters'] = letters.rows.map(({ id, snapshot }) => `${id} ${JSON.stringify(snapshot)}`);
  const placements = placementsOf({ documents, liveFeed: noFeed });
  const standing: string[] = [];
  for (const state of ['placed', 'deleted'] as const)
    for await (const { execution, attempt } of placements.inState(state))
      standing.push(`${execution}:${attempt} ${state}`);
  found['placements not gone'] = standing;
  const ended = await records.count('execution', { final: true });
  return {
    ...Object.fromEntries(
      Object.entries(found).map(([name, rows]) => [name, rows.length === 0 ? null : rows.join('\n')]),
    ),
    // So that a question that finds nothing is not one that cannot find anything.
    'finished records to be found': ended > 0 ? null : 'there are none',
  };
}

/** Leases that somebody holds, though nobody is there: each lapses by itself. */
export function leasesHeld(url: string, prefix: string): Promise<string[]> {
  return directly(url, async (redis) => {
    const leases = (await redis.keys('*')).filter((key) => key.startsWith(`${prefix}lease:`));
    const held: string[] = [];
    for (const key of leases) {
      const holder = await redis.hget(key, 'holder');
      if (holder !== null) held.push(`${key} by ${holder}`);
    }
    return held;
  });
}
