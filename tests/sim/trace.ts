// What happened in one simulation: a story for people, counts for coverage, a hash to compare two runs of one seed.
import { scatter } from './random.ts';

export interface Trace {
  /** Whether a story is kept at all. */
  readonly wordy: boolean;
  tell(who: string, what: string): void;
  /** Told, but not hashed: the words of a log line are no behaviour. */
  remark(who: string, what: string): void;
  count(what: string): void;
  counts(): Readonly<Record<string, number>>;
  story(): readonly string[];
  hash(): number;
}

export function createTrace(now: () => number, wordy: boolean): Trace {
  const counts: Record<string, number> = {};
  const story: string[] = [];
  let hash = 0;
  const line = (who: string, what: string): string =>
    `${now().toFixed(0).padStart(8)} ${who.padEnd(24)} ${what}`;
  return {
    wordy,
    tell(who, what) {
      hash = scatter(`${now()} ${who} ${what}`, hash);
      if (wordy) story.push(line(who, what));
    },
    remark(who, what) {
      if (wordy) story.push(line(who, what));
    },
    count(what) {
      counts[what] = (counts[what] ?? 0) + 1;
    },
    counts: () => counts,
    story: () => story,
    hash: () => hash,
  };
}
