// Where tests of dead letters play: an orchestrator and a keeper of letters in processes of their own, and consumers of the
// tests' own that fail as they are told to.
import { consumer, type Handlers } from '#actors/consumer.ts';
import { createSystem, type System } from '#actors/system.ts';
import { type RetryPolicy, type TopicPolicy, topicPoliciesCollection } from '#src/domain/dead-letter.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import type { RoleName } from '#src/domain/roles.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { memoryWorld, type World } from './memory-ports.ts';
import { message } from './runs.ts';
import { portsOf, settings } from './settings.ts';

/** Whom the tests let fail. */
export const group = 'tester';
export const news = message('security_violation', 'user-1', {
  user_id: 'user-1',
  violation_type: 'probe',
  details: '',
  ip_address: null,
});
export const letterId = `${news.id}/dead/${group}`;
export const dayMs = 86_400_000;

const systems: System[] = [];

/** After each test. */
export async function drainAll(): Promise<void> {
  for (const system of systems.splice(0)) await system.drain();
}

export async function boot(world: World, roles: readonly RoleName[]): Promise<System> {
  const fail = ({ words }: { words: string }): never => {
    throw new Error(words);
  };
  const system = createSystem({ roles, ports: portsOf(world), settings, onFailure: fail });
  systems.push(system);
  await system.start();
  return system;
}

interface Listener {
  /** Ids of the messages that reached its handler. */
  heard: string[];
  stop(): Promise<void>;
}

/** A consumer of the tests' own, in a group of its own. */
export async function listening(world: World, handlers: Handlers, name = group): Promise<Listener> {
  const over = new AbortController();
  const heard: string[] = [];
  const noting = Object.entries(handlers).map(([type, handle]) => [
    type,
    (event: DomainEvent) => {
      heard.push(event.id);
      return (handle as (event: DomainEvent) => Promise<void>)(event);
    },
  ]);
  const own = { name, group: name, serviceVersion: '1', handlers: Object.fromEntries(noting) };
  const done = consumer(world, own).run({ signal: over.signal, ready: () => undefined });
  await world.clock.settle();
  return {
    heard,
    async stop() {
      over.abort();
      await done;
    },
  };
}

export const broken = async (): Promise<void> => {
  throw new Error('broken');
};
export const well = async (): Promise<void> => undefined;

export async function installation(policy?: RetryPolicy) {
  const world = memoryWorld();
  if (policy !== undefined) await decide(world, 'security_violation', policy);
  await boot(world, ['saga-orchestrator']);
  const keeper = await boot(world, ['dlq-processor']);
  return { world, keeper };
}

export const decide = (world: World, topic: string, policy: RetryPolicy) =>
  world.documents
    .collection<TopicPolicy>(topicPoliciesCollection)
    .insert(topic, { topic, policy, changedBy: 'admin-1', changedAt: 1 });

export const letters = (world: World): SagaRecord[] =>
  [...world.stored.values()].filter(({ machine }) => machine === 'dead-letter');
export const letter = (world: World): SagaRecord => {
  const [only, ...more] = letters(world);
  if (only === undefined || more.length > 0) throw new Error(`${more.length + (only ? 1 : 0)} letters`);
  return only;
};
const saidTypes = (world: World): string[] => world.published.map(({ type }) => type);
export const count = (world: World, type: string): number =>
  saidTypes(world).filter((said) => said === type).length;

export const ask = (system: System, redrive: number, cause: string, id = letterId) =>
  system.sagas.send('dead-letter', id, cause, {
    type: 'RETRY_REQUESTED',
    redrive,
    by: 'admin-1',
    reason: 'x',
  });
