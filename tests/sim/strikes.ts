// What the world does to us while faults last: pods are struck, watches cut, leases forgotten, processes drained, messages
// poisoned, and now and then the power goes.
import type { DomainEvent } from '#src/domain/events.ts';
import type { Installation } from './installation.ts';
import type { Random } from './random.ts';
import type { World } from './world/world.ts';

export interface Poison {
  id: string;
  key: string;
}

export interface Strikes {
  /** Messages that nobody can take: each must end as exactly one dead letter. */
  poisoned(): readonly Poison[];
}

export function strike(world: World, installation: Installation, runIds: readonly string[]): Strikes {
  const { faults, time } = world;
  const random = world.random.split('strikes');
  const poisoned: Poison[] = [];
  const again = (meanMs: number, blow: (random: Random) => void): void => {
    if (meanMs === Number.POSITIVE_INFINITY) return;
    time.after(random.between(0.2, 1.8) * meanMs, () => {
      if (!faults.on()) return;
      blow(random);
      again(meanMs, blow);
    });
  };
  const { mix } = faults;
  again(mix.podStrikeMs, () => strikePod(world, random));
  again(mix.watchCutMs, world.cutWatches);
  const reach = world.random.split('reach');
  again(mix.cutOffMs, () => cutOff(world, reach));
  again(mix.leaseForgottenMs, () => {
    world.trace.count('fault: leases forgotten');
    world.leases.forget();
  });
  again(mix.drainMs, installation.drainOne);
  again(mix.poisonMs, () => {
    const poison = poisonOf(random, runIds, poisoned.length, time.now());
    world.trace.count('fault: message poisoned');
    world.trace.tell('world', `poisons ${poison.type} of ${poison.key}`);
    poisoned.push({ id: poison.id, key: poison.key });
    world.bus.publish([poison]);
  });
  if (mix.powerCut !== null) {
    const { atMs, forMs } = mix.powerCut;
    time.after(atMs, () => installation.cutPower(forMs));
  }
  return { poisoned: () => poisoned };
}

/** The platform takes a pod away: preferably one that somebody needs. */
function strikePod({ fleet, trace }: World, random: Random): void {
  const living = fleet.pods().filter(({ status }) => status.phase !== 'ended' && !status.terminating);
  const claimed = living.filter(({ status }) => status.key !== null);
  const among = random.chance(0.7) && claimed.length > 0 ? claimed : living;
  const pod = among[random.below(among.length)];
  if (pod === undefined) return;
  const kind = random.pick(['evicted', 'evicted and removed', 'lost with its node', 'deleted by a stranger']);
  trace.count(`fault: pod ${kind}`);
  trace.tell('cluster', `${pod.status.name} ${pod.status.uid} is ${kind}`);
  pod.struck = true;
  if (kind === 'deleted by a stranger') {
    pod.home.delete(pod, { force: random.chance(0.3), graceMs: 3_000 });
    return;
  }
  if (kind !== 'lost with its node') pod.home.end(pod, 'Evicted', 'The node was low on resource: memory.');
  if (kind !== 'evicted') pod.home.remove(pod);
}

/** Nobody reaches the pod, and it goes on: a partition of its node. */
function cutOff({ fleet, trace, time }: World, random: Random): void {
  const talking = fleet
    .pods()
    .filter(
      ({ supervisor, cutOffUntilMs }) =>
        supervisor.job() !== null && !supervisor.over() && cutOffUntilMs === 0,
    );
  const pod = talking[random.below(talking.length)];
  if (pod === undefined) return;
  const forMs = random.between(62_000, 95_000);
  trace.count('fault: pod cut off');
  trace.tell('cluster', `${pod.status.uid} is cut off for ${forMs.toFixed(0)}`);
  pod.cutOffUntilMs = time.now() + forMs;
}

/** A message of a known type whose payload has not that type's form. */
function poisonOf(random: Random, runIds: readonly string[], index: number, nowMs: number): DomainEvent {
  const key = random.chance(0.6) ? (runIds[random.below(runIds.length)] ?? 'nobody') : 'nobody';
  const type = random.pick(['pod_running', 'delete_pod_command', 'inspect_pod_command', 'result_sealed']);
  const event = {
    id: `poison ${index}`,
    type,
    at: Math.round(nowMs),
    key,
    payload: { execution_id: key, attempt: 'first' },
    metadata: { service: 'nobody', serviceVersion: '0' },
  };
  // Deliberately not what its type promises: that is the fault.
  return event as unknown as DomainEvent;
}
