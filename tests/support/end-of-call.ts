// How a call ends while what it needs is away: it must end, and in no other way than these.
import { isUnavailable } from '#src/domain/errors.ts';
import { untilGiven } from './until.ts';

export type EndOfCall = 'done' | 'unavailable';

/** Fails when it did not end in time, or otherwise. */
export async function endOf(call: Promise<unknown>, withinMs: number): Promise<EndOfCall> {
  let end: EndOfCall | { fault: unknown } | null = null;
  call.then(
    () => {
      end = 'done';
    },
    (error: unknown) => {
      end = isUnavailable(error) ? 'unavailable' : { fault: error };
    },
  );
  const met = await untilGiven<EndOfCall | { fault: unknown }>('the call ends', () => end, { withinMs });
  if (typeof met === 'object') throw met.fault;
  return met;
}
