// The time of day that never jumps. It runs with the monotonic clock, and follows the system's clock only slowly: when
// somebody sets that clock, no deadline fires early, no session ends early, and nothing is written with an earlier time
// than what was written before.

export interface SteadyTime {
  /** Milliseconds since 1970, never less than it was before. */
  now(): number;
  /** By how much the system's clock is ahead of it, in milliseconds: what is left of a jump. */
  gapMs(): number;
  /** Goes on from this time if it is later: what is stored bears times up to it. False when it is too far ahead to follow. */
  notBefore(at: number): boolean;
  /**
   * What the system's clock has to be corrected by, in milliseconds, so that all processes follow one clock. The first
   * correction is taken at once: it has to come before anything is decided by this time.
   */
  correct(byMs: number): void;
}

/** Most that it gains or loses on the monotonic clock: 2 %, so that a minute is between 58.8 and 61.2 seconds. */
const followsMost = 0.02;

/** Whatever was written further ahead was written under a clock that nobody should go on with. */
const aheadMostMs = 24 * 60 * 60 * 1_000;

/** @param wall milliseconds since 1970, as the system says; @param monotonic milliseconds from an arbitrary start */
export function steadyTime(wall: () => number, monotonic: () => number): SteadyTime {
  let readAt = monotonic();
  /** What is to be added to the monotonic clock. */
  let offset = wall() - readAt;
  let correctionMs: number | null = null;
  const followed = (): number => wall() + (correctionMs ?? 0);

  function read(): number {
    const at = monotonic();
    const mostMs = (at - readAt) * followsMost;
    readAt = at;
    const gap = followed() - at - offset;
    offset += Math.max(-mostMs, Math.min(mostMs, gap));
    return at + offset;
  }

  return {
    now: () => Math.floor(read()),
    gapMs() {
      const now = read();
      return Math.round(followed() - now);
    },
    notBefore(at) {
      const ahead = at - read();
      if (ahead > aheadMostMs) return false;
      offset += Math.max(0, ahead);
      return true;
    },
    correct(byMs) {
      const isFirst = correctionMs === null;
      correctionMs = byMs;
      if (isFirst) offset += followed() - read();
    },
  };
}
