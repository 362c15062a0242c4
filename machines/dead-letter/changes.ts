// What an event changes in a letter's memory. Pure: each function answers only the fields that change.
import type { DeadLetterContext, DeadLetterInput, HistoryEntry } from './context.ts';
import { keptWords, nextRetryAt } from './deadlines.ts';
import type { DeadLetterEvent } from './events.ts';

type Change = (context: DeadLetterContext, event: DeadLetterEvent) => Partial<DeadLetterContext>;

/** Older entries are in the record's turns. */
const historyKept = 100;

export const received = (input: DeadLetterInput): DeadLetterContext => {
  const { letterId, topic, eventType, key, group, producer, message, error, tries, failedAt, redrives } =
    input;
  return {
    letterId,
    topic,
    eventType,
    key,
    group,
    producer,
    message,
    error,
    tries,
    failedAt,
    failedLastAt: failedAt,
    policy: null,
    nextRetryAt: null,
    redrives,
    told: redrives,
    asked: 0,
    history: [{ at: failedAt, deed: 'failed', by: null, words: error }],
  };
};

export const notePolicy: Change = (context, event) => {
  if (event.type !== 'POLICY_CHOSEN') return {};
  const { policy, at } = event;
  const next = nextRetryAt(policy, context.redrives, at);
  const deed = next === null ? 'left to people' : 'scheduled';
  return {
    policy,
    nextRetryAt: next,
    history: withEntry(context, { at, deed, by: null, words: `policy ${policy.kind}` }),
  };
};

/** Nobody could tell the topic's policy in time. */
export const noteNoPolicy: Change = (context, { at }) => ({
  history: withEntry(context, { at, deed: 'left to people', by: null, words: 'its policy is not known' }),
});

export const noteRetry: Change = (context, event) =>
  event.type === 'RETRY_REQUESTED'
    ? asNextRedrive(context, { at: event.at, deed: 'redriven', by: event.by, words: event.reason })
    : {};

export const notePolicyRetry: Change = (context, { at }) =>
  asNextRedrive(context, {
    at,
    deed: 'redriven',
    by: null,
    words: `policy ${context.policy?.kind ?? 'manual'}`,
  });

function asNextRedrive(context: DeadLetterContext, entry: HistoryEntry): Partial<DeadLetterContext> {
  const history = withEntry(context, entry);
  return { redrives: context.redrives + 1, asked: 0, nextRetryAt: null, history };
}

export const asking: Change = ({ asked }) => ({ asked: asked + 1 });

export const noteTold: Change = (_, event) => ('redrive' in event ? { told: event.redrive } : {});

export const noteFailure: Change = (context, event) => {
  if (event.type !== 'FAILED_AGAIN') return {};
  const { at, error, tries, redrive } = event;
  const history = withEntry(context, { at, deed: 'failed', by: null, words: error });
  return { error, tries, failedLastAt: at, policy: null, told: redrive, history };
};

export const noteUnsendable: Change = (context, event) => {
  if (event.type !== 'UNSENDABLE') return {};
  const { at, words, redrive } = event;
  const history = withEntry(context, { at, deed: 'failed', by: null, words });
  return { error: words, failedLastAt: at, told: redrive, history };
};

export const noteTaken: Change = (context, event) => {
  if (event.type !== 'MESSAGE_HANDLED') return {};
  const history = withEntry(context, { at: event.at, deed: 'taken', by: null, words: context.group });
  return { nextRetryAt: null, told: Math.max(context.told, event.redrive), history };
};

export const noteDiscard: Change = (context, event) => {
  if (event.type !== 'DISCARD_REQUESTED') return {};
  const { at, by, reason } = event;
  return { nextRetryAt: null, history: withEntry(context, { at, deed: 'discarded', by, words: reason }) };
};

export const noteKept: Change = (context, { at }) => ({
  history: withEntry(context, { at, deed: 'discarded', by: null, words: keptWords }),
});

export const noteClosed: Change = (context, { at }) => ({
  history: withEntry(context, { at, deed: 'closed', by: null, words: 'already ended' }),
});

export const withEntry = ({ history }: DeadLetterContext, entry: HistoryEntry): HistoryEntry[] =>
  [...history, entry].slice(-historyKept);
