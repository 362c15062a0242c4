// The system's clock beside ours: says aloud when somebody set it, so that an operator knows why times differ.
import type { ReadinessPart } from '#src/api/deps.ts';
import type { Cancel, Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { SteadyTime } from './adapters/system/steady-time.ts';

const toldFromMs = 1_000;
const lookEveryMs = 10_000;

/** How far the store's clock is ahead of the system's, in milliseconds; absent where the process has its store for itself. */
type AheadMs = (() => Promise<number>) | undefined;

interface Watched {
  time: SteadyTime | null;
  after: Clock['after'];
  aheadMs?: AheadMs;
}

/** Before anything is decided by it: processes that share a store go by the store's clock. */
export async function followStore(aheadMs: AheadMs, time: SteadyTime | null): Promise<void> {
  if (aheadMs !== undefined) time?.correct(await aheadMs());
}

/** @param lastTime that the store bears: a clock that was set back while we were away does not take us back. */
export function goOnFrom(lastTime: number | null, time: SteadyTime | null, logger: Logger): void {
  if (time === null || lastTime === null || time.notBefore(lastTime)) return;
  logger.error({ lastTime }, 'the system clock is more than a day behind what the store holds: set it');
}

/** Answers the way to end it. */
export function watchClock({ time, after, aheadMs }: Watched, logger: Logger): Cancel {
  if (time === null) return () => undefined;
  const { gapMs } = time;
  let isOff = false;
  let cancel: Cancel = () => undefined;
  let isOver = false;

  async function lookAgain(): Promise<void> {
    // While the store is away, what it said last is right enough.
    await followStore(aheadMs, time).catch((error: unknown) => {
      logger.warn({ error: String(error) }, "the store's clock could not be read");
    });
    if (!isOver) look();
  }

  function look(): void {
    const gap = gapMs();
    const wasOff = isOff;
    isOff = Math.abs(gap) > toldFromMs;
    if (isOff && !wasOff) logger.warn({ gapMs: gap }, 'the system clock was set; followed slowly');
    if (!isOff && wasOff) logger.info({ gapMs: gap }, 'the system clock is reached again');
    cancel = after(lookEveryMs, () => void lookAgain());
  }

  look();
  return () => {
    isOver = true;
    cancel();
  };
}

/** Never a reason to take no work: deadlines count on. */
export function clockReadiness(time: SteadyTime | null): ReadinessPart {
  const gapMs = time?.gapMs() ?? 0;
  const isOff = Math.abs(gapMs) > toldFromMs;
  const where = gapMs > 0 ? 'ahead' : 'behind';
  const seconds = Math.round(Math.abs(gapMs) / 1_000);
  return {
    name: 'clock',
    ready: true,
    detail: isOff ? `the system clock was set and is ${seconds} s ${where}; followed slowly` : null,
  };
}
