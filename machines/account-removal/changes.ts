// What an event changes in a removal's memory. Pure: each function answers only the fields that change.
import type { AccountRemovalContext, AccountRemovalInput } from './context.ts';
import type { AccountRemovalEvent } from './events.ts';

type Change = (context: AccountRemovalContext, event: AccountRemovalEvent) => Partial<AccountRemovalContext>;

/** `at`: when it was accepted. */
export const requested = (input: AccountRemovalInput & { at: number }): AccountRemovalContext => {
  const { removalId, userId, by, reason, isAdmin, attemptsName, at } = input;
  return {
    removalId,
    userId,
    by,
    reason,
    isAdmin,
    attemptsName,
    requestedAt: at,
    number: 1,
    asked: 1,
    closed: false,
    left: 0,
    executions: 0,
    documents: 0,
    refusal: null,
  };
};

/** The first question of a state. */
export const askAnew: Change = ({ number }) => ({ number: number + 1, asked: 1 });

export const askAgain: Change = ({ number, asked }) => ({ number: number + 1, asked: asked + 1 });

export const noteRuns: Change = (_, event) =>
  event.type === 'RUNS_COUNTED' ? { closed: true, left: event.left } : {};

export const noteRefusal: Change = (_, event) => (event.type === 'REFUSED' ? { refusal: event.words } : {});

/** Heard once for each question: what came of the latest is noted, and its number is used up. */
export const noteRemoved: Change = (context, event) => {
  if (event.type !== 'DATA_REMOVED') return {};
  const { executions, documents, number } = context;
  return {
    number: number + 1,
    left: event.left,
    executions: executions + event.executions,
    documents: documents + event.documents,
  };
};
