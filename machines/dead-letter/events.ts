// What a dead letter can hear, as schemas: what does not fit is refused before the chart sees it.
// Whatever could come late or twice carries the number of the redrive that it is about.
import { type Static, Type } from '@sinclair/typebox';
import { retryPolicySchema } from '#src/domain/dead-letter.ts';
import { integer } from '#src/domain/schema.ts';

const at = Type.Number();
const text = Type.String();
const redrive = integer({ minimum: 1 });
const event = <const Name extends string, Rest extends Parameters<typeof Type.Object>[0]>(
  name: Name,
  rest: Rest,
) => Type.Object({ type: Type.Literal(name), at, ...rest });

/** One schema per event; the machine's whole input alphabet. */
export const deadLetterEvents = {
  /** `redrive`: the failure after which the policy was read; 0 for the first. */
  POLICY_CHOSEN: event('POLICY_CHOSEN', { redrive: integer({ minimum: 0 }), policy: retryPolicySchema }),
  /** `redrive`: the number that the redrive shall have, so that a second click asks for the same one. */
  RETRY_REQUESTED: event('RETRY_REQUESTED', { redrive, by: text, reason: text }),
  DISCARD_REQUESTED: event('DISCARD_REQUESTED', { by: text, reason: text }),
  /** The message is on the bus again. */
  REDRIVEN: event('REDRIVEN', { redrive }),
  /** Those who had failed have taken it. */
  MESSAGE_HANDLED: event('MESSAGE_HANDLED', { redrive }),
  FAILED_AGAIN: event('FAILED_AGAIN', { redrive, error: text, tries: integer({ minimum: 0 }) }),
  /** Whom the message was for has ended; it was not sent. */
  TARGET_ENDED: event('TARGET_ENDED', { redrive }),
  /** No bus can carry it: it was not sent. */
  UNSENDABLE: event('UNSENDABLE', { redrive, words: text }),
  TIMER_FIRED: event('TIMER_FIRED', { name: text }),
} as const;

export type DeadLetterEvent = {
  [Name in keyof typeof deadLetterEvents]: Static<(typeof deadLetterEvents)[Name]>;
}[keyof typeof deadLetterEvents];
