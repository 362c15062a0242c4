// What a benchmark is: a few figures, measured in rounds, each beside a reference that the same round measures.

export type Unit = 'ms' | 'per second' | 'MB';

/** Either is a promise of ours: at most, or at least so much. */
export interface Bound {
  most?: number;
  least?: number;
}

export interface Figure {
  name: string;
  unit: Unit;
  /** What the figure stands beside. */
  reference: string;
  goal?: Bound;
  /** Ours divided by the reference's. */
  ratioGoal?: Bound;
}

export interface Sample {
  ours: number;
  reference: number;
}

export interface Size {
  /** Everything once and tiny: shows that it still works, and nothing else. */
  smoke: boolean;
}

export interface Bench {
  title: string;
  figures: readonly Figure[];
  open(size: Size): Promise<OpenBench>;
}

export interface OpenBench {
  /** One sample for each figure, in their order. */
  round(): Promise<readonly Sample[]>;
  /** Lines that stand below the table, about what was measured last. */
  notes?(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface Measured {
  bench: Bench;
  /** By round, then by figure. */
  rounds: readonly (readonly Sample[])[];
  notes: readonly string[];
}

export const holds = (value: number, { most, least }: Bound): boolean =>
  (most === undefined || value <= most) && (least === undefined || value >= least);
