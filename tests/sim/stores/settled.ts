// Waits for a promise without letting time pass: the embedded engines need nothing from outside, so what they promise
// settles as soon as every microtask has run.
import { drainMicrotasks } from 'bun:jsc';
import { isDomainError } from '#src/domain/errors.ts';

export function settled<Answer>(promise: Promise<Answer>): Answer {
  const outcome: { is: { answer: Answer } | { error: unknown } | null } = { is: null };
  promise.then(
    (answer) => {
      outcome.is = { answer };
    },
    (error: unknown) => {
      outcome.is = { error };
    },
  );
  drainMicrotasks();
  const { is } = outcome;
  if (is === null) throw new Error('an embedded engine waits for something outside of the simulation');
  if ('answer' in is) return is.answer;
  // No fault of the disk is simulated here: what the database itself refuses is a mistake of ours.
  if (isDomainError(is.error) && ['infrastructure', 'unavailable'].includes(is.error.kind))
    throw new Error('an embedded engine failed', { cause: is.error });
  throw is.error;
}
