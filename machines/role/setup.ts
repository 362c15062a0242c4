// Guards, actions and delays of a role's chart, by name.
import { setup } from 'xstate';
import { unprovidedChild } from './child.ts';
import {
  backoffMs,
  endedChild,
  failuresNow,
  failureWords,
  lastAlive,
  type RoleContext,
  type RoleEvent,
  type RoleInput,
  withStatus,
} from './context.ts';

interface RoleTypes {
  context?: RoleContext;
  events?: RoleEvent;
  input?: RoleInput;
  output?: { failed: RoleContext['failed'] };
}
const types: RoleTypes = {};
const base = setup({
  types,
  actors: { child: unprovidedChild },
  delays: { patience: ({ context }) => context.input.drainMs },
});

const restartId = (name: string): string => `restart ${name}`;

/** In the order of start. */
const spawnAll = base.enqueueActions(({ enqueue, context }) => {
  for (const name of context.input.names) enqueue.spawnChild('child', { id: name, input: { name } });
});

const noteReady = base.assign({
  children: ({ context, event }) =>
    event.type === 'CHILD_READY' && context.children[event.name]?.status === 'starting'
      ? withStatus(context, event.name, 'ready')
      : context.children,
});

const restartLater = base.enqueueActions(({ enqueue, context, event }) => {
  const name = endedChild(event);
  const child = name === null ? undefined : context.children[name];
  if (name === null || child === undefined) return;
  const failures = failuresNow(context, name);
  enqueue.stopChild(name);
  enqueue.assign({
    children: {
      ...context.children,
      [name]: { status: 'restarting', restarts: child.restarts + 1, since: context.input.now(), failures },
    },
  });
  const delay = backoffMs(context.input, failures.length);
  enqueue.raise({ type: 'RESTART_DUE', name }, { id: restartId(name), delay });
});

const restart = base.enqueueActions(({ enqueue, context, event }) => {
  if (event.type !== 'RESTART_DUE') return;
  enqueue.assign({ children: withStatus(context, event.name, 'starting') });
  enqueue.spawnChild('child', { id: event.name, input: { name: event.name } });
});

const noteFailed = base.assign({
  failed: ({ context, event }) => {
    const name = endedChild(event);
    return name === null ? context.failed : { name, words: failureWords(event) };
  },
});

/** What waits for its restart is not started any more. */
const forgetRestarts = base.enqueueActions(({ enqueue, context }) => {
  let { children } = context;
  for (const name of context.input.names) {
    if (children[name]?.status !== 'restarting') continue;
    enqueue.cancel(restartId(name));
    children = withStatus({ ...context, children }, name, 'stopped');
  }
  enqueue.assign({ children });
});

/** One after another, in reverse of the order of start. */
const drainLast = base.enqueueActions(({ enqueue, context }) => {
  const name = lastAlive(context);
  if (name !== null) enqueue.sendTo(name, { type: 'DRAIN' });
});

const noteStopped = base.assign({
  children: ({ context, event }) => {
    const name = endedChild(event);
    return name === null ? context.children : withStatus(context, name, 'stopped');
  },
});

const stopAll = base.enqueueActions(({ enqueue, context }) => {
  let { children } = context;
  for (const name of context.input.names.toReversed()) {
    enqueue.stopChild(name);
    children = withStatus({ ...context, children }, name, 'stopped');
  }
  enqueue.assign({ children });
});

export const role = base.extend({
  actions: {
    spawnAll,
    noteReady,
    restartLater,
    restart,
    noteFailed,
    forgetRestarts,
    drainLast,
    noteStopped,
    stopAll,
  },
  guards: {
    allReady: ({ context }) => Object.values(context.children).every(({ status }) => status === 'ready'),
    allStopped: ({ context }) => lastAlive(context) === null,
    tooOften: ({ context, event }) => {
      const name = endedChild(event);
      return name !== null && failuresNow(context, name).length > context.input.restartMax;
    },
  },
});
