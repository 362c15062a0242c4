// The life of a role: its children are started in order, restarted with growing pauses when they fail, and drained in reverse.
// Live, not durable: it is hosted as an actor, lives as long as its process, and keeps time by the clock of its actor system.
//
// The host provides
// - the actor logic `child`, by `provide`: it is given `{ name }`, sends `CHILD_READY { name }` to its parent once it does its
//   work, ends (done) some time after it hears `DRAIN` (which may come more than once), and fails by its own error. One that
//   ends unasked has failed as well;
// - `RoleInput`, and the clock in `createActor(machine, { input, clock })`.
// It takes `CHILD_READY { name }` from children and `DRAIN` from the host; it sends `DRAIN` to children, one after another.
// It ends as `stopped` or, when one child keeps failing, as `failed`; `output` says which child, and how. Whatever still runs
// then is stopped with it. It never reads or writes anything, and never throws a child's failure at its host.
import { begin } from './context.ts';
import { role } from './setup.ts';

const ended = [
  { guard: 'tooOften', target: 'failed', actions: 'noteFailed' },
  { actions: 'restartLater' },
] as const;

/** What keeps the children going, before and after all of them are ready. */
const tending = {
  CHILD_READY: { actions: 'noteReady' },
  RESTART_DUE: { actions: 'restart' },
  DRAIN: 'draining',
  'xstate.error.actor.*': ended,
  'xstate.done.actor.*': ended,
} as const;

export const roleMachine = role.createMachine({
  id: 'role',
  context: ({ input }) => begin(input),
  initial: 'booting',
  output: ({ context }) => ({ failed: context.failed }),
  states: {
    booting: {
      entry: 'spawnAll',
      always: { guard: 'allReady', target: 'running' },
      on: tending,
    },
    running: { on: tending },
    draining: {
      entry: ['forgetRestarts', 'drainLast'],
      always: { guard: 'allStopped', target: 'stopped' },
      after: { patience: { target: 'stopped', actions: 'stopAll' } },
      on: {
        'xstate.error.actor.*': { actions: ['noteStopped', 'drainLast'] },
        'xstate.done.actor.*': { actions: ['noteStopped', 'drainLast'] },
      },
    },
    stopped: { type: 'final' },
    failed: { type: 'final', entry: 'stopAll' },
  },
});
