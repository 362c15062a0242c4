// Plays one seed and judges it: whether it held, and whether it is the same a second time.
import { isDeepStrictEqual } from 'node:util';
import { type Outcome, type StoreKind, simulate } from './simulate.ts';

/** How a process that played seeds ends; `coverage` is also a thing that never came. */
export const exitCodes = { safety: 1, liveness: 2, coverage: 2, nondeterminism: 3 } as const;

export interface Judged {
  outcome: Outcome;
  /** Null when it held. */
  broken: { line: string; code: number } | null;
}

export interface Playing {
  /** Not a second time. */
  once: boolean;
  /** Behind the ports, the second time; the first is in memory, but for the embedded profile. */
  store: StoreKind;
}

export function play(seed: number, { once, store }: Playing): Judged {
  const contents = !once && store !== 'memory';
  const first = store === 'embedded' ? 'embedded' : 'memory';
  const outcome = simulate(seed, { wordy: false, contents, store: first });
  if (outcome.violation !== null) return violated(outcome);
  if (once) return { outcome, broken: null };
  const again = simulate(seed, { wordy: false, contents, store });
  if (again.violation !== null) return violated(again);
  if (again.hash === outcome.hash && isDeepStrictEqual(again.contents, outcome.contents))
    return { outcome, broken: null };
  const twice = store === first ? 'twice' : `in memory and on ${store}`;
  return {
    outcome,
    broken: { line: `seed ${seed} is not the same ${twice}`, code: exitCodes.nondeterminism },
  };
}

const violated = (outcome: Outcome): Judged => ({
  outcome,
  broken: {
    line: summary(outcome),
    code: outcome.violation === null ? 0 : exitCodes[outcome.violation.kind],
  },
});

export function summary({ seed, violation, steps, virtualMs }: Outcome): string {
  const end = violation === null ? 'holds' : `${violation.kind}: ${violation.words}`;
  return `seed ${seed} ${end} (${steps} steps, ${Math.round(virtualMs / 1000)} s)`;
}
