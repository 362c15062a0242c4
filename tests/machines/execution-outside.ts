// The world of one run: a scheduler, pods that run its script to the end, and a result store.
import type { ExitReport } from '#src/domain/execution.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import {
  admitted,
  cancelRequested,
  effectFailed,
  exit,
  type Incoming,
  podCreated,
  podDeleted,
  podExited,
  podLost,
  podOverdue,
  podRunning,
  podUnstartable,
  priorityChanged,
  resultSealed,
} from './execution-events.ts';
import { accepted } from './given.ts';
import { type Command, type Outside, type OutsideWorld, once } from './outside.ts';

const terminal = ['execution_completed', 'execution_failed', 'execution_timeout', 'execution_cancelled'];

export const executionOutside: Outside = {
  begin: () => accepted(),
  ways: [
    { name: 'that goes well', interruption: () => () => null },
    { name: 'that is put first in the queue', interruption: () => once('queued', priorityChanged()) },
    { name: 'that is cancelled in the queue', interruption: () => once('queued', cancelRequested()) },
    { name: 'that is cancelled while it starts', interruption: () => once('starting', cancelRequested()) },
    { name: 'that loses its pod', interruption: () => once('starting', podLost()) },
    { name: 'that cannot start at first', interruption: () => once('starting', podUnstartable()) },
    { name: 'that cannot start at all', interruption: () => once('starting', podUnstartable(1, false)) },
    { name: 'that is overdue', interruption: () => once('starting', podOverdue()) },
  ],
  commands: [
    'execution_queued',
    'create_pod_command',
    'inspect_pod_command',
    'delete_pod_command',
    'store_result_command',
  ],
  world: worldOf,
  // The scheduler also reads what is queued, so that a message lost to it delays a run but never loses it.
  idle: ({ state, snapshot }) => (state === 'queued' ? admitted(Number(snapshot.context.attempt)) : null),
  wrong({ record, said }) {
    const count = (...types: string[]): number => said.filter((type) => types.includes(type)).length;
    const words: string[] = [];
    if (JSON.stringify(record.snapshot.context.held) !== '[]') words.push('it holds pods');
    if (count(...terminal) !== 1) words.push(`${count(...terminal)} terminal events`);
    if (count('result_stored', 'result_failed') !== 1) words.push('not one result');
    const [allocated, released] = [count('allocate_resources_command'), count('release_resources_command')];
    if (allocated !== released) words.push(`${allocated} allocated, ${released} released`);
    return words;
  },
  outcome: ({ state, snapshot }) => [state, snapshot.context.verdict, snapshot.context.attempt],
};

/** Pods exist by attempt; the exit of a script is in its output as soon as it ran. */
function worldOf({ snapshot, outbox }: SagaRecord): OutsideWorld {
  const { held } = snapshot.context;
  const pods = new Set((Array.isArray(held) ? held : []).map(Number));
  const exits = new Map<number, ExitReport>();
  if (outbox.length === 0) for (const attempt of pods) exits.set(attempt, exit());
  return {
    answers({ type, payload }) {
      const attempt = Number(payload.attempt);
      switch (type) {
        case 'execution_queued':
          return [admitted(attempt)];
        case 'create_pod_command':
          pods.add(attempt);
          exits.set(attempt, exit());
          return [podCreated(attempt), podRunning(attempt), podExited({}, attempt)];
        case 'inspect_pod_command':
          return [exits.has(attempt) ? podExited({}, attempt) : podLost(attempt)];
        case 'delete_pod_command':
          pods.delete(attempt);
          return [podDeleted(attempt)];
        default:
          return [resultSealed(exits.get(attempt) ?? null, attempt)];
      }
    },
    failure,
    left: () => [...pods].map((attempt) => `the pod of attempt ${attempt}`),
  };
}

const failure = ({ type, payload }: Command): Incoming[] =>
  type === 'create_pod_command' || type === 'store_result_command' || type === 'delete_pod_command'
    ? [effectFailed(type, Number(payload.attempt))]
    : [];
