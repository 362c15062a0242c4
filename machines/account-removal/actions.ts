// The chart's actions by name: each is a change of the removal's memory, or effects to emit, both from pure functions.
import { setup } from 'xstate';
import { type Effects, effects } from '../emitted.ts';
import * as changes from './changes.ts';
import type { AccountRemovalContext, AccountRemovalInput } from './context.ts';
import { closingDeadline, removingDeadline } from './deadlines.ts';
import { type AccountRemovalEffect, closeAccount, removeAccount, userDeleted } from './effects.ts';
import type { AccountRemovalEvent } from './events.ts';

interface AccountRemovalTypes {
  context?: AccountRemovalContext;
  events?: AccountRemovalEvent;
  emitted?: Effects<AccountRemovalEffect>;
  input?: AccountRemovalInput & { at: number };
}
const types: AccountRemovalTypes = {};
export const accountRemoval = setup({ types });

type Change = (context: AccountRemovalContext, event: AccountRemovalEvent) => Partial<AccountRemovalContext>;
type Say = (context: AccountRemovalContext, at: number) => AccountRemovalEffect[];

const change = (to: Change) => accountRemoval.assign(({ context, event }) => to(context, event));

/** The first entry has no event of ours: then it is the time of the wish. */
const say = (what: Say) =>
  accountRemoval.emit(({ context, event }) => effects(what(context, event.at ?? context.requestedAt)));

export const actions = {
  askAnew: change(changes.askAnew),
  askAgain: change(changes.askAgain),
  noteRuns: change(changes.noteRuns),
  noteRefusal: change(changes.noteRefusal),
  noteRemoved: change(changes.noteRemoved),

  askClosing: say((context, at) => [closeAccount(context), closingDeadline(context, at)]),
  askRemoving: say((context, at) => [removeAccount(context), removingDeadline(at)]),
  sayDeleted: say((context) => [userDeleted(context)]),
};
