// What a removal asks for. Every effect but the timers is an event on the bus, with that event's payload.
import type { EventType } from '#src/domain/events.ts';
import type { EffectOf } from '../durable.ts';
import type { AccountRemovalContext } from './context.ts';

/** The types a removal may emit; laws check that each really occurs. */
export const accountRemovalEffectTypes = [
  'close_account_command',
  'remove_account_command',
  'user_deleted',
] as const satisfies readonly EventType[];
export type AccountRemovalEffect = EffectOf<(typeof accountRemovalEffectTypes)[number]>;

const question = ({ removalId, userId, number }: AccountRemovalContext) => ({
  removal_id: removalId,
  user_id: userId,
  number,
});

export const closeAccount = (context: AccountRemovalContext): AccountRemovalEffect => ({
  type: 'close_account_command',
  payload: question(context),
});

export const removeAccount = (context: AccountRemovalContext): AccountRemovalEffect => ({
  type: 'remove_account_command',
  payload: { ...question(context), attempts_name: context.attemptsName },
});

export const userDeleted = ({ userId, by, reason }: AccountRemovalContext): AccountRemovalEffect => ({
  type: 'user_deleted',
  payload: { user_id: userId, deleted_by: by, reason },
});
