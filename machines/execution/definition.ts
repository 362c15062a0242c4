// The execution machine as the kernel knows it.
import { type DurableMachine, effectSchemas } from '../durable.ts';
import { abandon } from './abandon.ts';
import { contextSchema, executionVersion, upcasters } from './context-schema.ts';
import { executionEffectTypes } from './effects.ts';
import { executionEvents } from './events.ts';
import { fields, uniques } from './fields.ts';
import { ignored } from './ignored.ts';
import { executionMachine } from './machine.ts';
import { sagaName } from './requests.ts';

export const execution: DurableMachine = {
  name: sagaName,
  version: executionVersion,
  machine: executionMachine,
  contextSchema,
  restored: 'ended',
  events: executionEvents,
  effects: effectSchemas(executionEffectTypes),
  upcasters,
  ignored,
  fields,
  uniques,
  abandon,
};
