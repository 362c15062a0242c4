// What the world does to us while faults last: pods are struck, watches cut, leases forgotten, processes drained, messages
// poisoned, and now and then the power goes.
import type { DomainEvent, EventType } from '#src/domain/events.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Installation } from './installation.ts';
import { dyingOf, type Poison } from './poison.ts';
import type { Random } from './random.ts';
import type { World } from './world/world.ts';

export interface Strikes {
  /** Messages that nobody can take: each must end as exactly one dead letter. */
  poisoned(): readonly Poison[];
}

/** Commands that a run waits for; that they cannot be taken is told to the run. */
const commands: Readonly<Record<string, EventType>> = {
  starting: 'create_pod_command',
  collecting: 'store_result_command',
};
const LOOK_EACH_MS = 20;

export function strike(world: World, installation: Installation, runIds: readonly string[]): Strikes {
  const { faults, time } = world;
  const random = world.random.split('strikes');
  const poisoned: Poison[] = [];
  const clocks = world.random.split('clocks');
  const again = (meanMs: number, blow: (random: Random) => void, pauses = random): void => {
    if (meanMs === Number.POSITIVE_INFINITY) return;
    time.after(pauses.between(0.2, 1.8) * meanMs, () => {
      if (!faults.on()) return;
      blow(random);
      again(meanMs, blow, pauses);
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
    const { fault, published, ...poison } = dyingOf(random, world, runIds, poisoned.length);
    world.trace.count(`fault: ${fault}`);
    world.trace.tell('world', `${fault}: ${published.type} of ${poison.key}`);
    poisoned.push(poison);
    world.bus.publish([published]);
  });
  const ordering = world.random.split('poisoned commands');
  const poisonCommand = (): void => {
    if (!faults.on()) return;
    const run = world.records.all().find(({ state }) => commands[state] !== undefined);
    if (run === undefined) {
      // Such states pass quickly.
      time.after(LOOK_EACH_MS, poisonCommand);
      return;
    }
    const poison = poisonedCommand(run, poisoned.length, time.now());
    world.trace.count('fault: command poisoned');
    world.harmed.add(`${poison.type} ${poison.key}`);
    world.trace.tell('world', `poisons ${poison.type} of ${poison.key}`);
    poisoned.push({ id: poison.id, key: poison.key });
    world.bus.publish([poison]);
  };
  again(mix.commandPoisonMs, poisonCommand, ordering);
  again(mix.clockJumpMs, () => setClock(world, installation, clocks), clocks);
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

/** Somebody sets the clock of one machine, and later sets it right. */
function setClock({ time, trace }: World, installation: Installation, random: Random): void {
  const hosts = installation.hosts();
  const host = hosts[random.below(hosts.length)];
  if (host === undefined) return;
  const byMs = random.pick([-1, 1]) * random.between(60_000, 3_600_000);
  trace.count(`fault: clock set ${byMs < 0 ? 'back' : 'ahead'}`);
  trace.tell('world', `sets the clock of ${host.process.name} by ${byMs.toFixed(0)}`);
  host.process.setClockAhead(byMs);
  time.after(random.between(500, 20_000), () => host.process.setClockAhead(0));
}

/** The command that this run waits for, but that its payload lacks all the rest. */
function poisonedCommand({ id, state, snapshot }: SagaRecord, index: number, nowMs: number): DomainEvent {
  const { attempt = 1 } = snapshot.context;
  const event = {
    id: `poison ${index}`,
    type: commands[state],
    at: Math.round(nowMs),
    key: id,
    payload: { execution_id: id, attempt, last: 'none' },
    metadata: { service: 'nobody', serviceVersion: '0' },
  };
  // Deliberately not what its type promises: that is the fault.
  return event as unknown as DomainEvent;
}
