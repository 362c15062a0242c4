// A child as actor logic: it runs from its start, is told to drain by its signal, and ends as done or by its own error.
// What an end means is decided by the machine that hosts it.
import type { ActorLogic, AnyActorRef, CallbackSnapshot } from 'xstate';
import type { Logger } from '#src/ports/logger.ts';
import { wordsOf } from './failure.ts';
import type { Child } from './role.ts';

interface ChildInput {
  name: string;
}

type State = CallbackSnapshot<ChildInput>;
type Logic = ActorLogic<State, { type: 'DRAIN' }, ChildInput>;

export interface ChildHost {
  logger: Logger;
  children: ReadonlyMap<string, Child>;
  /** Told when a child does its work. */
  ready(name: string): void;
}

interface Run {
  stop: AbortController;
  end: { kind: 'done' } | { kind: 'error'; error: unknown } | null;
}

const hosts = new WeakMap<AnyActorRef['system'], ChildHost>();
const runs = new WeakMap<object, Run>();

/** Before the system starts: whose children its actors run. So one machine, built once, serves all hosts. */
export function hostChildren(system: AnyActorRef['system'], host: ChildHost): void {
  hosts.set(system, host);
}

async function startRun(host: ChildHost | undefined, name: string, run: Run): Promise<void> {
  const child = host?.children.get(name);
  if (host === undefined || child === undefined) throw new Error(`no child is called ${name}`);
  const { signal } = run.stop;
  await child.run({ signal, ready: () => signal.aborted || host.ready(name) });
}

export const childLogic: Logic = {
  getInitialSnapshot: (_, input) => ({ status: 'active', output: undefined, error: undefined, input }),
  getPersistedSnapshot: (state) => state,
  start({ input }, { self, system }) {
    const run: Run = { stop: new AbortController(), end: null };
    runs.set(self, run);
    const host = hosts.get(system);
    const ended = (end: NonNullable<Run['end']>): void => {
      run.end = end;
      // The only event that it takes is a nudge to look: at its end, or else at the wish to drain.
      if (self.getSnapshot().status === 'active') self.send({ type: 'DRAIN' });
    };
    startRun(host, input.name, run).then(
      () => ended({ kind: 'done' }),
      (error: unknown) => {
        host?.logger.error(
          { child: input.name, error: wordsOf(error), stack: stackOf(error) },
          'child failed',
        );
        ended({ kind: 'error', error });
      },
    );
  },
  transition(state, event, { self }) {
    const run = runs.get(self);
    if (run?.end?.kind === 'done') return { ...state, status: 'done', output: undefined, error: undefined };
    if (run?.end?.kind === 'error') {
      return { ...state, status: 'error', output: undefined, error: run.end.error };
    }
    run?.stop.abort();
    const type: string = event.type;
    return type === 'xstate.stop'
      ? { ...state, status: 'stopped', output: undefined, error: undefined }
      : state;
  },
};

const stackOf = (error: unknown): string | null => (error instanceof Error ? (error.stack ?? null) : null);
