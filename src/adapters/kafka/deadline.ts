// A time by which a call has to answer, whatever the driver does: it may hang for ever when its server is gone.
import { unavailable } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';

/** What the call does afterwards is nobody's business any more. @throws unavailable when it takes longer: its outcome is unknown */
export function within<Answer>(clock: Clock, deadlineMs: number, answer: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(deadlineMs, () => reject(unavailable('kafka')));
    answer.then(resolve, reject).finally(cancel);
  });
}

/** Waits until it ends, well or not, but not longer than this. */
export function atMost(clock: Clock, patienceMs: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(patienceMs, resolve);
    const end = (): void => {
      cancel();
      resolve();
    };
    work.then(end, end);
  });
}
