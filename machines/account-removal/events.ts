// What a removal can hear, as schemas: what does not fit is refused before the chart sees it. Answers carry the number of
// the question, so that one that comes late or twice changes nothing.
import { type Static, Type } from '@sinclair/typebox';
import { integer } from '#src/domain/schema.ts';

const at = Type.Number();
const text = Type.String();
const count = integer({ minimum: 0 });
const number = integer({ minimum: 1 });
const event = <const Name extends string, Rest extends Parameters<typeof Type.Object>[0]>(
  name: Name,
  rest: Rest,
) => Type.Object({ type: Type.Literal(name), at, ...rest });

/** One schema per event; the machine's whole input alphabet. */
export const accountRemovalEvents = {
  /** The account is closed, and so many of its runs are unfinished. */
  RUNS_COUNTED: event('RUNS_COUNTED', { number, left: count }),
  /** Without this account nobody could administer: it stays as it was. */
  REFUSED: event('REFUSED', { words: text }),
  /** So much went this time; `left` could not go yet. */
  DATA_REMOVED: event('DATA_REMOVED', { number, executions: count, documents: count, left: count }),
  TIMER_FIRED: event('TIMER_FIRED', { name: text }),
} as const;

export type AccountRemovalEvent = {
  [Name in keyof typeof accountRemovalEvents]: Static<(typeof accountRemovalEvents)[Name]>;
}[keyof typeof accountRemovalEvents];
