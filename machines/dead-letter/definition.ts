// The dead-letter machine as the kernel knows it.
import { deadLetterMachineName } from '#src/domain/dead-letter.ts';
import { eventPayloads } from '#src/domain/event-payloads.ts';
import type { DurableMachine } from '../durable.ts';
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
  effects: Object.fromEntries(deadLetterEffectTypes.map((type) => [type, eventPayloads[type]])),
  upcasters,
  ignored,
  fields,
  uniques: () => [],
  abandon,
};
