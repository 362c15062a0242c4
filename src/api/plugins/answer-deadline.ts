// Nobody waits for an answer for longer than this, whatever the stores do: one that is not there by then is "not at the moment",
// and whether anything was done is not known. The time that a body takes to arrive is the caller's own.

import type { Soon } from '#src/app/soon.ts';
import { unavailable } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { RequestState } from '../deps.ts';

export const answerWithinMs = 4_500;

type Waiting = Pick<RequestState, 'waitsSince'>;

/** @throws unavailable once the time is over; what comes later is given up */
export function inTime<Answer extends Response | null>(
  answer: Soon<Answer>,
  waiting: Waiting,
  { after, monotonic }: Pick<Clock, 'after' | 'monotonic'>,
): Soon<Answer> {
  if (!(answer instanceof Promise)) return answer;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const look = (): void => {
    const leftMs = waiting.waitsSince + answerWithinMs - monotonic();
    if (leftMs > 0) {
      cancel = after(Math.min(leftMs, answerWithinMs), look);
      return;
    }
    reject(unavailable('an answer in time'));
    // Nobody reads a stream that comes too late. A failure was answered already.
    void Promise.allSettled([answer.then((given) => given?.body?.cancel())]);
  };
  let cancel = after(answerWithinMs, look);
  return Promise.race([answer, late]).finally(() => cancel());
}
