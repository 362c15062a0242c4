// The life of one dead letter, as data in and data out. Invariants:
// - a redrive has a number, is asked for once, and only what carries its number is heard of it;
// - a message that fails again comes back to its own letter;
// - it is retried only once those who had failed have taken it, and discarded or closed only once;
// - no state but a final one is without a deadline, and none waits for people longer than it is kept.
// It performs nothing, reads no clock and draws no ids: it only assigns and emits.
import { actions, deadLetter } from './actions.ts';
import { received } from './changes.ts';
import { guards } from './guards.ts';

export const deadLetterMachine = deadLetter.extend({ actions, guards }).createMachine({
  id: 'dead-letter',
  context: ({ input }) => received(input),
  initial: 'received',
  on: {
    DISCARD_REQUESTED: { target: '.discarded', actions: 'noteDiscard' },
    MESSAGE_HANDLED: { guard: 'wasAskedFor', target: '.retried', actions: ['sayRetried', 'noteTaken'] },
  },
  states: {
    received: {
      entry: 'armReceived',
      on: {
        POLICY_CHOSEN: [
          { guard: 'schedules', target: 'scheduled', actions: 'notePolicy' },
          { guard: 'isCurrent', target: 'manual', actions: 'notePolicy' },
        ],
        RETRY_REQUESTED: { guard: 'isNext', target: 'retrying', actions: 'noteRetry' },
        TIMER_FIRED: { guard: 'isDeadline', target: 'manual', actions: 'noteNoPolicy' },
      },
    },
    scheduled: {
      entry: 'armScheduled',
      on: {
        RETRY_REQUESTED: { guard: 'isNext', target: 'retrying', actions: 'noteRetry' },
        TIMER_FIRED: { guard: 'isDeadline', target: 'retrying', actions: 'notePolicyRetry' },
      },
    },
    manual: {
      entry: 'armManual',
      on: {
        RETRY_REQUESTED: { guard: 'isNext', target: 'retrying', actions: 'noteRetry' },
        TIMER_FIRED: { guard: 'isDeadline', target: 'discarded', actions: 'noteKept' },
      },
    },
    retrying: {
      entry: ['askRedrive', 'armRetrying'],
      on: {
        REDRIVEN: { guard: 'isCurrent', actions: ['sayRetried', 'noteTold'] },
        FAILED_AGAIN: { guard: 'isCurrent', target: 'received', actions: ['sayRetried', 'noteFailure'] },
        UNSENDABLE: { guard: 'isCurrent', target: 'manual', actions: 'noteUnsendable' },
        TARGET_ENDED: { guard: 'isCurrent', target: 'closed', actions: 'noteClosed' },
        TIMER_FIRED: [
          { guard: 'isKeptLongEnough', target: 'discarded', actions: 'noteKept' },
          { guard: 'isDeadline', actions: ['asking', 'askRedrive', 'armRetrying'] },
        ],
      },
    },
    retried: { type: 'final' },
    discarded: { type: 'final', entry: 'sayDiscarded' },
    closed: { type: 'final', entry: 'sayDiscarded' },
  },
});
