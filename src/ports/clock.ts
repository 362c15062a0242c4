// Time and chance reach the core only through these; the simulation supplies its own.

export type Cancel = () => void;

export interface Clock {
  /** Wall clock in milliseconds since 1970, corrected by the store's clock. */
  now(): number;
  /** Milliseconds from an arbitrary start, never going back: for leases, time-outs and measurements. */
  monotonic(): number;
  /** Calls once after the delay, unless cancelled. */
  after(delayMs: number, call: () => void): Cancel;
}

export interface Ids {
  /** A new id, never drawn before. A UUID in production. */
  next(): string;
}
