// The loop of everything that also looks by itself: look, wait, look again. It bears an absent dependency for ever;
// any other failure ends it, and its supervisor starts it anew.
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { isPassing, wordsOf } from './failure.ts';
import { type Bell, createBell } from './waiting.ts';

export interface Looking {
  name: string;
  /** Answers after how long to look again at the latest. */
  look(): Promise<number>;
  /** The wait after a dependency's failure. */
  patienceMs: number;
  /** Rung to look earlier. */
  bell?: Bell;
}

export async function keepLooking(
  ports: { clock: Clock; logger: Logger },
  signal: AbortSignal,
  { name, look, patienceMs, bell = createBell() }: Looking,
): Promise<void> {
  while (!signal.aborted) {
    const waitMs = await look().catch((error: unknown) => {
      if (!isPassing(error)) throw error;
      ports.logger.warn({ loop: name, error: wordsOf(error) }, 'waiting for a dependency');
      return patienceMs;
    });
    if (waitMs > 0) await bell.wait(ports.clock, waitMs, signal);
  }
}
