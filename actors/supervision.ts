// Hosts one role as an actor system on the role machine: children start in order, restart with growing pauses, drain in
// reverse. It decides nothing that the machine decides; it only runs, counts and tells.
import { type Actor, createActor } from 'xstate';
import { roleMachine } from '#machines/role/machine.ts';
import type { ChildReport, RoleReport } from '#src/domain/fleet.ts';
import type { RoleName, RoleSettings } from '#src/domain/roles.ts';
import type { Ports } from '#src/ports/ports.ts';
import { childLogic, hostChildren } from './child-logic.ts';
import { isPassing, wordsOf } from './failure.ts';
import { machineClock } from './machine-clock.ts';
import type { Child, Role } from './role.ts';

export interface SupervisedRole {
  name: RoleName;
  start(): void;
  /** Every child does its work, and nobody has asked it to stop. */
  ready(): boolean;
  /** Resolves once it was ready for the first time, or has ended. */
  settled: Promise<void>;
  /** Stops intake, waits for what is in flight, within the settings' bound. */
  drain(): Promise<void>;
  inFlight(): number;
  report(): Promise<RoleReport>;
}

export interface RoleFailure {
  role: RoleName;
  child: string;
  /** What the child said last. */
  words: string;
}

/** A child that fails more often within the window fails its role. */
const restarts = { restartMax: 5, windowMs: 60_000, backoffMs: 200, backoffMaxMs: 10_000 };

/** Beyond what a child may wait for its scripts, so that its own bound ends the wait. */
const marginMs = 5_000;

const hosted = roleMachine.provide({ actors: { child: childLogic } });

export function supervise(
  role: Role,
  ports: Ports,
  settings: RoleSettings,
  failed: (failure: RoleFailure) => void,
): SupervisedRole {
  const logger = ports.logger.child({ role: role.name });
  const children = new Map(role.children(ports, settings).map((child) => [child.name, child]));
  const settled = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const ready = (name: string): void => root.send({ type: 'CHILD_READY', name });
  const root = createActor(hosted, {
    input: {
      names: [...children.keys()],
      ...restarts,
      drainMs: settings.drainMs + marginMs,
      now: ports.clock.now,
    },
    clock: machineClock(ports.clock),
  });
  hostChildren(root.system, { logger, children, ready });

  root.subscribe({
    next({ value }) {
      if (value === 'running') settled.resolve();
    },
    complete() {
      end(root.getSnapshot().output?.failed ?? null);
    },
    error(error) {
      end({ name: 'role', words: wordsOf(error) });
    },
  });

  function end(child: { name: string; words: string } | null): void {
    settled.resolve();
    ended.resolve();
    if (child !== null) failed({ role: role.name, child: child.name, words: child.words });
  }

  return {
    name: role.name,
    start: () => void root.start(),
    ready() {
      const { value, context } = root.getSnapshot();
      return value === 'running' && Object.values(context.children).every(({ status }) => status === 'ready');
    },
    settled: settled.promise,
    async drain() {
      if (root.getSnapshot().status === 'active') root.send({ type: 'DRAIN' });
      await ended.promise;
    },
    inFlight: () => [...children.values()].reduce((sum, child) => sum + (child.inFlight?.() ?? 0), 0),
    async report() {
      const reports = await Promise.all([...children.values()].map((child) => reportOf(root, child)));
      return { role: role.name, state: String(root.getSnapshot().value), children: reports };
    },
  };
}

async function reportOf(root: Actor<typeof roleMachine>, child: Child): Promise<ChildReport> {
  const state = root.getSnapshot().context.children[child.name];
  return {
    name: child.name,
    status: state?.status ?? 'stopped',
    restarts: state?.restarts ?? 0,
    inFlight: child.inFlight?.() ?? 0,
    lag: await lagOf(child),
  };
}

/** Unknown while the bus is away: a process that works is to be heard of all the same. */
async function lagOf(child: Child): Promise<number | null> {
  try {
    return (await child.lag?.()) ?? null;
  } catch (error) {
    if (!isPassing(error)) throw error;
    return null;
  }
}
