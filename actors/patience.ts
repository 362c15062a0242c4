// Patience with a dependency that is away: its outcome is unknown each time, so the work must bear repetition.
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { isPassing, wordsOf } from './failure.ts';
import { pause } from './waiting.ts';

const firstDelayMs = 100;
const longestDelayMs = 5_000;

/** Repeats the work until it succeeds, fails by its own fault, or the signal is aborted. */
export async function patiently<Result>(
  ports: { clock: Clock; logger: Logger },
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || signal.aborted) throw error;
      ports.logger.warn({ error: wordsOf(error), delayMs }, 'a dependency is away, trying again');
      await pause(ports.clock, delayMs, signal);
    }
  }
}
