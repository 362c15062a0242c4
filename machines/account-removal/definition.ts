// The machine of account removals as the kernel knows it.
import { accountRemovalMachineName } from '#src/domain/account-removal.ts';
import { type DurableMachine, effectSchemas } from '../durable.ts';
import { abandon } from './abandon.ts';
import { accountRemovalVersion, contextSchema, upcasters } from './context-schema.ts';
import { accountRemovalEffectTypes } from './effects.ts';
import { accountRemovalEvents } from './events.ts';
import { fields, uniques } from './fields.ts';
import { ignored } from './ignored.ts';
import { accountRemovalMachine } from './machine.ts';

export const accountRemoval: DurableMachine = {
  name: accountRemovalMachineName,
  version: accountRemovalVersion,
  machine: accountRemovalMachine,
  contextSchema,
  restored: 'kept',
  events: accountRemovalEvents,
  effects: effectSchemas(accountRemovalEffectTypes),
  upcasters,
  ignored,
  fields,
  uniques,
  abandon,
};
