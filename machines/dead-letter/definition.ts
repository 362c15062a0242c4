// The dead-letter machine as the kernel knows it.
import { deadLetterMachineName } from '#src/domain/dead-letter.ts';
import { type DurableMachine, effectSchemas } from '../durable.ts';
import { abandon } from './abandon.ts';
import { contextSchema, deadLetterVersion, upcasters } from './context-schema.ts';
import { deadLetterEffectTypes } from './effects.ts';
import { deadLetterEvents } from './events.ts';
import { fields } from './fields.ts';
import { ignored } from './ignored.ts';
import { deadLetterMachine } from './machine.ts';

export const deadLetter: DurableMachine = {
  name: deadLetterMachineName,
  version: deadLetterVersion,
  machine: deadLetterMachine,
  contextSchema,
  restored: 'kept',
  events: deadLetterEvents,
  effects: effectSchemas(deadLetterEffectTypes),
  upcasters,
  ignored,
  fields,
  uniques: () => [],
  abandon,
};
