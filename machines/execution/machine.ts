// The life of one run, as data in and data out. Invariants:
// - no state but a final one is without a deadline, and a deadline only ever asks;
// - before `ending` there is only evidence; on entering it, the one verdict falls and is never changed;
// - what belongs to another attempt changes nothing, but that its pod is gone gives its slot back;
// - a slot is given back only on proof that its pod is gone, and the run is final only when none is held.
// It performs nothing, reads no clock and draws no ids: it only assigns and emits.
import { actions, execution } from './actions.ts';
import { accepted } from './changes.ts';
import { guards } from './guards.ts';

export const executionMachine = execution.extend({ actions, guards }).createMachine({
  id: 'execution',
  context: ({ input }) => accepted(input),
  initial: 'queued',
  entry: 'sayAccepted',
  on: {
    POD_DELETED: { guard: 'isHeld', actions: ['releaseResources', 'letGo'] },
  },
  states: {
    queued: {
      entry: ['sayQueued', 'armQueued'],
      on: {
        ADMITTED: { guard: 'own', target: 'starting', actions: ['hold', 'fresh'] },
        CANCEL_REQUESTED: { target: 'collecting', actions: ['note', 'sayCancelRequested'] },
        QUEUE_EXPIRED: { guard: 'own', target: 'collecting', actions: ['note', 'sayQueueExpired'] },
        PRIORITY_CHANGED: { guard: 'otherPriority', actions: ['notePriority', 'sayPriorityChanged'] },
        TIMER_FIRED: { guard: 'isDeadline', actions: ['asking', 'askQueued'] },
      },
    },
    starting: {
      entry: ['allocateResources', 'createPod', 'armStarting'],
      on: {
        POD_CREATED: { guard: 'isNews', actions: ['notePod', 'sayStarted'] },
        POD_RUNNING: [
          { guard: 'isNews', target: 'running', actions: ['notePod', 'sayStarted', 'noteStart', 'fresh'] },
          { guard: 'own', target: 'running', actions: ['notePod', 'noteStart', 'fresh'] },
        ],
        POD_EXITED: [
          { guard: 'strangersStop', target: 'queued', actions: ['noteExit', 'leaveAttempt', 'nextAttempt'] },
          { guard: 'own', target: 'collecting', actions: 'noteExit' },
        ],
        POD_LOST: [
          { guard: 'lossMayRetry', target: 'queued', actions: ['note', 'leaveAttempt', 'nextAttempt'] },
          { guard: 'own', target: 'collecting', actions: 'note' },
        ],
        POD_UNSTARTABLE: [
          { guard: 'startMayRetry', target: 'queued', actions: ['note', 'leaveAttempt', 'nextAttempt'] },
          { guard: 'own', target: 'collecting', actions: 'note' },
        ],
        POD_OVERDUE: { guard: 'own', target: 'stopping', actions: 'note' },
        POD_DELETED: [
          { guard: 'ownAndHeld', target: 'collecting', actions: ['note', 'releaseResources', 'letGo'] },
          { guard: 'isHeld', actions: ['releaseResources', 'letGo'] },
        ],
        EFFECT_FAILED: { guard: 'createFailed', target: 'collecting', actions: 'note' },
        CANCEL_REQUESTED: { target: 'stopping', actions: ['note', 'sayCancelRequested'] },
        TIMER_FIRED: {
          guard: 'isDeadline',
          actions: ['asking', 'createPod', 'inspectPod', 'armStarting'],
        },
      },
    },
    running: {
      entry: ['sayRunning', 'armOverdue'],
      on: {
        POD_EXITED: [
          { guard: 'strangersStop', target: 'queued', actions: ['noteExit', 'leaveAttempt', 'nextAttempt'] },
          { guard: 'own', target: 'collecting', actions: 'noteExit' },
        ],
        POD_LOST: [
          { guard: 'lossMayRetry', target: 'queued', actions: ['note', 'leaveAttempt', 'nextAttempt'] },
          { guard: 'own', target: 'collecting', actions: 'note' },
        ],
        POD_OVERDUE: { guard: 'own', target: 'stopping', actions: 'note' },
        POD_DELETED: [
          { guard: 'ownAndHeld', target: 'collecting', actions: ['note', 'releaseResources', 'letGo'] },
          { guard: 'isHeld', actions: ['releaseResources', 'letGo'] },
        ],
        CANCEL_REQUESTED: { target: 'stopping', actions: ['note', 'sayCancelRequested'] },
        TIMER_FIRED: { guard: 'isDeadline', actions: ['asking', 'inspectPod', 'armInspection'] },
      },
    },
    stopping: {
      entry: ['fresh', 'stopPod', 'armStopping'],
      on: {
        POD_EXITED: { guard: 'own', target: 'collecting', actions: 'noteExit' },
        POD_LOST: { guard: 'own', target: 'collecting', actions: 'note' },
        POD_DELETED: [
          { guard: 'ownAndHeld', target: 'collecting', actions: ['releaseResources', 'letGo'] },
          { guard: 'isHeld', actions: ['releaseResources', 'letGo'] },
        ],
        TIMER_FIRED: { guard: 'isDeadline', actions: ['asking', 'deleteHeldByForce', 'armStopping'] },
      },
    },
    collecting: {
      entry: ['fresh', 'storeResult', 'armCollecting'],
      on: {
        RESULT_SEALED: { guard: 'own', target: 'ending', actions: ['noteExit', 'noteResult'] },
        RESULT_FAILED: { guard: 'own', target: 'ending', actions: 'note' },
        EFFECT_FAILED: { guard: 'storeFailed', target: 'ending', actions: 'note' },
        TIMER_FIRED: { guard: 'isDeadline', actions: ['asking', 'storeResult', 'armCollecting'] },
      },
    },
    ending: {
      entry: ['fresh', 'judge', 'sayEnding', 'armEnding'],
      always: [
        { guard: 'nothingHeldAndCompleted', target: 'completed' },
        { guard: 'nothingHeldAndFailed', target: 'failed' },
        { guard: 'nothingHeldAndTimedOut', target: 'timed_out' },
        { guard: 'nothingHeldAndCancelled', target: 'cancelled' },
        { guard: 'nothingHeldAndErrored', target: 'errored' },
      ],
      on: {
        POD_DELETED: { guard: 'isHeld', actions: ['releaseResources', 'letGo', 'sayCompensated'] },
        TIMER_FIRED: { guard: 'isDeadline', actions: ['asking', 'deleteHeldByForce', 'armEnding'] },
      },
    },
    completed: { type: 'final', entry: 'saySagaOver' },
    failed: { type: 'final', entry: 'saySagaOver' },
    timed_out: { type: 'final', entry: 'saySagaOver' },
    cancelled: { type: 'final', entry: 'saySagaOver' },
    errored: { type: 'final', entry: 'saySagaOver' },
  },
});
