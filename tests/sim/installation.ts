// Our processes: who is there, in which roles, and who comes back after a death. Each hosts the production actors and
// nothing of the simulation's own.
import { createSystem } from '#actors/system.ts';
import type { Machines } from '#machines/registry.ts';
import { type RoleName, type RoleSettings, roleNames } from '#src/domain/roles.ts';
import type { Ports } from '#src/ports/ports.ts';
import type { Sagas } from '#src/ports/sagas.ts';
import { createProcess, type SimProcess } from './process.ts';
import type { Random } from './random.ts';
import type { World } from './world/world.ts';

export interface Host {
  process: SimProcess;
  roles: readonly RoleName[];
  ports: Ports;
  sagas: Sagas;
  drain(): Promise<void>;
}

export interface Installation {
  hosts(): readonly Host[];
  /** A living process with this role, or null. */
  some(role: RoleName, random: Random): Host | null;
  /** Every process ends; none comes back before the time is over. */
  cutPower(forMs: number): void;
  /** One process is asked to end in order. */
  drainOne(random: Random): void;
  /** So is this one; who comes back in its place has the binary of that time. */
  restart(seat: string): void;
}

export interface Seat {
  name: string;
  roles: readonly RoleName[];
}

export type SharedSettings = Omit<RoleSettings, 'process'>;

const DRAIN_PATIENCE_MS = 20_000;

export function createInstallation(
  world: World,
  seats: readonly Seat[],
  shared: SharedSettings,
  /** The machines of the binary that this seat's next process runs. */
  binaryOf: (seat: string) => Machines,
): Installation {
  const { time, trace } = world;
  const random = world.random.split('installation');
  const hosts = new Map<Seat, Host>();
  let powerBackAt = 0;

  const boot = (seat: Seat, incarnation: number): void => {
    const process = createProcess(`${seat.name}.${incarnation}`, world);
    const ports = world.portsOf(process);
    const system = createSystem({
      roles: seat.roles,
      ports,
      settings: { ...shared, process: process.name },
      machines: binaryOf(seat.name),
      onFailure: () => {
        trace.count('process ended by its own supervisor');
        process.kill('a role failed');
      },
    });
    const { sagas } = system;
    hosts.set(seat, { process, roles: seat.roles, ports, sagas, drain: () => system.drain() });
    process.onEnd(() => {
      hosts.delete(seat);
      const pauseMs = random.between(300, 4_000) + Math.max(0, powerBackAt - time.now());
      time.after(pauseMs, () => boot(seat, incarnation + 1));
    });
    trace.tell(process.name, 'boots');
    system.start().catch((error: unknown) => {
      trace.remark(process.name, `could not start: ${String(error)}`);
      trace.count('process could not start');
      process.kill('could not start');
    });
  };
  for (const seat of seats) boot(seat, 1);

  const drain = (host: Host): void => {
    trace.tell(host.process.name, 'is asked to drain');
    void host.drain().then(() => host.process.kill('drained'));
    // Whoever asked kills it in the end, as an orchestrator does.
    time.after(DRAIN_PATIENCE_MS, () => host.process.kill('its time to drain was over'));
  };

  return {
    hosts: () => [...hosts.values()],
    some(role, chooser) {
      const able = [...hosts.values()].filter(({ roles }) => roles.includes(role));
      return able[chooser.below(able.length)] ?? null;
    },
    cutPower(forMs) {
      powerBackAt = time.now() + forMs;
      trace.count('fault: all processes gone');
      for (const { process } of [...hosts.values()]) process.kill('power cut');
    },
    drainOne(chooser) {
      const living = [...hosts.values()];
      const host = living[chooser.below(living.length)];
      if (host === undefined) return;
      trace.count('fault: process drained');
      drain(host);
    },
    restart(name) {
      for (const [seat, host] of [...hosts]) if (seat.name === name) drain(host);
    },
  };
}

export interface Seats {
  list: readonly Seat[];
  /** Scripts run in sandboxes of the process itself, not in a cluster. */
  owned: boolean;
  /** One process alone writes the store; it remembers what cannot have changed, and publishes with its commits, as embedded. */
  alone: boolean;
}

/** The embedded profile: one process in every role, with its sandboxes or with a cluster. */
export const oneSeat = (random: Random): Seats => ({
  list: [{ name: 'all', roles: roleNames }],
  owned: random.chance(0.6),
  alone: true,
});

/** Two or three processes a role in most seeds, everything in one process in some. */
export function drawSeats(random: Random): Seats {
  const whole = (name: string): Seat => ({ name, roles: roleNames });
  if (random.chance(0.15))
    return { list: [whole('all')], owned: random.chance(0.6), alone: random.chance(0.5) };
  if (random.chance(0.2))
    return { list: [whole('all-a'), whole('all-b')], owned: random.chance(0.6), alone: false };
  const list = roleNames.flatMap((role) => {
    const count = role === 'dlq-processor' || role === 'event-replay' ? 1 : random.chance(0.25) ? 3 : 2;
    return Array.from({ length: count }, (_, index): Seat => ({ name: `${role}-${index}`, roles: [role] }));
  });
  return { list, owned: false, alone: false };
}
