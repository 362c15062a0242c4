// The chart's actions by name: each is a change of the context, or effects to emit, both from pure functions.
import { setup } from 'xstate';
import { deadlineAt } from '../deadline.ts';
import { type Effects, effects } from '../emitted.ts';
import * as changes from './changes.ts';
import { compensated, ending, sagaOver } from './conclusions.ts';
import type { Acceptance, ExecutionContext } from './context.ts';
import { overdueAfterMs, waits } from './deadlines.ts';
import type { ExecutionEffect } from './effects.ts';
import type { ExecutionEvent } from './events.ts';
import * as requests from './requests.ts';

interface ExecutionTypes {
  context?: ExecutionContext;
  events?: ExecutionEvent;
  emitted?: Effects<ExecutionEffect>;
  input?: Acceptance;
}
const types: ExecutionTypes = {};
export const execution = setup({ types });

type Change = (context: ExecutionContext, event: ExecutionEvent) => Partial<ExecutionContext>;
type Say = (context: ExecutionContext, event: ExecutionEvent) => ExecutionEffect[];

interface Init {
  type: 'xstate.init';
  input: Acceptance;
}
const isInit = (event: { type: string }): event is Init => event.type === 'xstate.init';

/** The first entry's event is the library's own; it carries what acceptance gave. */
function sayAccepted(context: ExecutionContext, event: { type: string }): ExecutionEffect[] {
  if (!isInit(event)) return [];
  return requests.acceptance(context, event.input.cause, event.input.queuePosition);
}

const change = (to: Change) => execution.assign(({ context, event }) => to(context, event));

const say = (what: Say) => execution.emit(({ context, event }) => effects(what(context, event)));

const arm = (wait: (context: ExecutionContext) => number) =>
  say((context, event) => [deadlineAt(event.at + wait(context))]);

const deleteHeld = (force: boolean) =>
  say((context) => context.held.map((attempt) => requests.deletePod(context, attempt, 'ended', force)));

export const actions = {
  note: change(changes.note),
  noteExit: change(changes.noteExit),
  noteResult: change(changes.noteResult),
  notePod: change(changes.notePod),
  noteStart: change(changes.noteStart),
  notePriority: change(changes.notePriority),
  asking: change(changes.asking),
  fresh: change(changes.fresh),
  hold: change(changes.hold),
  letGo: change(changes.letGo),
  nextAttempt: change(changes.nextAttempt),
  judge: change(changes.judge),

  sayAccepted: say(sayAccepted),
  sayQueued: say((context) => [requests.queued(context)]),
  allocateResources: say((context) => [requests.allocateResources(context)]),
  createPod: say((context) => [requests.createPod(context)]),
  inspectPod: say((context) => [requests.inspectPod(context)]),
  sayStarted: say((context) => [requests.started(context)]),
  sayRunning: say((context) => [requests.running(context)]),
  sayCancelRequested: say((context, event) =>
    event.type === 'CANCEL_REQUESTED' ? [requests.cancelRequested(context, event)] : [],
  ),
  sayPriorityChanged: say((context, event) =>
    event.type === 'PRIORITY_CHANGED' ? [requests.priorityChanged(context, event)] : [],
  ),
  sayQueueExpired: say((context) => [requests.queueExpired(context)]),
  leaveAttempt: say((context) => [requests.deletePod(context, context.attempt, 'lost', false)]),
  stopPod: say((context) => [
    requests.deletePod(
      context,
      context.attempt,
      context.evidence.cancel === undefined ? 'overdue' : 'cancelled',
      false,
    ),
  ]),
  storeResult: say((context) => [requests.storeResult(context)]),
  sayEnding: say((context) => (context.verdict === null ? [] : ending(context, context.verdict))),
  deleteHeldByForce: deleteHeld(true),
  releaseResources: say((context, event) =>
    event.type === 'POD_DELETED' ? [requests.releaseResources(context, event.attempt)] : [],
  ),
  sayCompensated: say((context) => (context.held.length === 0 ? [compensated(context)] : [])),
  saySagaOver: say((context) => (context.verdict === null ? [] : [sagaOver(context, context.verdict)])),

  /** The first entry has no event of ours, so this deadline counts from what the context remembers. */
  armQueued: say((context) => [deadlineAt(context.queuedAt + waits.queuedMs)]),
  askQueued: arm(() => waits.queuedMs),
  armStarting: arm(() => waits.startingMs),
  armOverdue: arm(overdueAfterMs),
  armInspection: arm(() => waits.inspectingMs),
  armStopping: arm(() => waits.stoppingMs),
  armCollecting: arm(() => waits.collectingMs),
  armEnding: arm(() => waits.endingMs),
};
