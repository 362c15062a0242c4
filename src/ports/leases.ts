// Ownership for a while. A lease is an optimisation: two owners at once must be harmless.

export interface Lease {
  name: string;
  holder: string;
  /** Grows with each change of holder. */
  term: number;
}

export interface Leases {
  /**
   * Takes or renews; null while another holds it. The holder must stop by its own monotonic clock `ttlMs` after the call
   * began; others get it only after they saw it unchanged for a whole period.
   */
  acquire(name: string, holder: string, ttlMs: number): Promise<Lease | null>;
  /** Gives it up if still held by this holder. */
  release(name: string, holder: string): Promise<void>;
  /** Who holds it now, or null. */
  current(name: string): Promise<Lease | null>;
}
