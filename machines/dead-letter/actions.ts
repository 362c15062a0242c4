// The chart's actions by name: each is a change of the letter's memory, or effects to emit, both from pure functions.
import { setup } from 'xstate';
import { deadlineAt } from '../deadline.ts';
import { type Effects, effects } from '../emitted.ts';
import * as changes from './changes.ts';
import type { DeadLetterContext, DeadLetterInput } from './context.ts';
import { retryingWaitMs, waits } from './deadlines.ts';
import { type DeadLetterEffect, discarded, redrive, retried } from './effects.ts';
import type { DeadLetterEvent } from './events.ts';

interface DeadLetterTypes {
  context?: DeadLetterContext;
  events?: DeadLetterEvent;
  emitted?: Effects<DeadLetterEffect>;
  input?: DeadLetterInput;
}
const types: DeadLetterTypes = {};
export const deadLetter = setup({ types });

type Change = (context: DeadLetterContext, event: DeadLetterEvent) => Partial<DeadLetterContext>;
type Say = (context: DeadLetterContext, event: DeadLetterEvent) => DeadLetterEffect[];

const change = (to: Change) => deadLetter.assign(({ context, event }) => to(context, event));

const say = (what: Say) => deadLetter.emit(({ context, event }) => effects(what(context, event)));

/** Whichever tells first that the redrive reached the bus: that it was published, taken, or failed again. */
const untold: Say = (context, event) =>
  'redrive' in event && event.redrive === context.redrives && context.told < context.redrives
    ? [retried(context)]
    : [];

export const actions = {
  notePolicy: change(changes.notePolicy),
  noteNoPolicy: change(changes.noteNoPolicy),
  noteRetry: change(changes.noteRetry),
  notePolicyRetry: change(changes.notePolicyRetry),
  asking: change(changes.asking),
  noteTold: change(changes.noteTold),
  noteFailure: change(changes.noteFailure),
  noteUnsendable: change(changes.noteUnsendable),
  noteTaken: change(changes.noteTaken),
  noteDiscard: change(changes.noteDiscard),
  noteKept: change(changes.noteKept),
  noteClosed: change(changes.noteClosed),

  askRedrive: say((context) => [redrive(context)]),
  sayRetried: say(untold),
  sayDiscarded: say((context) => [discarded(context)]),

  /** The first entry has no event of ours, so this deadline counts from what the context remembers. */
  armReceived: say((context) => [deadlineAt(context.failedLastAt + waits.receivedMs)]),
  armScheduled: say((context) => [deadlineAt(context.nextRetryAt ?? context.failedLastAt)]),
  armManual: say((context) => [deadlineAt(context.failedLastAt + waits.keptMs)]),
  armRetrying: say((context, { at }) => [deadlineAt(at + retryingWaitMs(context.asked))]),
};
