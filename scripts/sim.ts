// `bun scripts/sim.ts --seed N` tells the story of one seed; `--seeds N [--from M] [--counts]` plays many, each twice.
// Ends with 1 when something unsafe happened, 2 when something never ended or was never met, 3 when a seed differed from itself.
import { parseArgs } from 'node:util';
import { missing } from '#tests/sim/coverage.ts';
import { regressions } from '#tests/sim/regressions.ts';
import { type Outcome, simulate } from '#tests/sim/simulate.ts';

/** From so many seeds on, each listed state, turn, end and fault must have been met. */
const coverageFrom = 200;
const exitCodes = { safety: 1, liveness: 2, nondeterminism: 3 } as const;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    counts: { type: 'boolean', default: false },
    once: { type: 'boolean', default: false },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);

process.on('unhandledRejection', (error) => {
  print(`a promise of the simulated processes was left rejected: ${String(error)}`);
  process.exit(exitCodes.safety);
});

process.exit(values.seed === undefined ? playMany() : tell(Number(values.seed)));

function tell(seed: number): number {
  const outcome = simulate(seed, { wordy: true });
  for (const line of outcome.story) print(line);
  print(summary(outcome));
  return outcome.violation === null ? 0 : exitCodes[outcome.violation.kind];
}

function playMany(): number {
  const from = Number(values.from);
  const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => from + index);
  const counts: Record<string, number> = {};
  let failed = 0;
  let worst = 0;
  for (const seed of [...regressions.map((regression) => regression.seed), ...seeds]) {
    const outcome = simulate(seed, { wordy: false });
    for (const [what, count] of Object.entries(outcome.counts)) counts[what] = (counts[what] ?? 0) + count;
    const code = verdictOn(outcome);
    if (code === 0) continue;
    failed++;
    worst = worst === 0 ? code : Math.min(worst, code);
  }
  if (values.counts)
    for (const what of Object.keys(counts).sort()) print(`${String(counts[what]).padStart(8)}  ${what}`);
  const absent = seeds.length >= coverageFrom ? missing(counts) : [];
  for (const what of absent) print(`never met: ${what}`);
  const played = seeds.length + regressions.length;
  const notMet = absent.length === 0 ? '' : `, ${absent.length} things never met`;
  print(`${played} seeds, ${failed} broken${notMet}`);
  if (worst !== 0) return worst;
  return absent.length === 0 ? 0 : exitCodes.liveness;
}

/** The exit code that this seed alone would give. */
function verdictOn(outcome: Outcome): number {
  if (outcome.violation !== null) {
    print(summary(outcome));
    return exitCodes[outcome.violation.kind];
  }
  if (values.once || simulate(outcome.seed, { wordy: false }).hash === outcome.hash) return 0;
  print(`seed ${outcome.seed} is not the same twice`);
  return exitCodes.nondeterminism;
}

function summary({ seed, violation, steps, virtualMs }: Outcome): string {
  const end = violation === null ? 'holds' : `${violation.kind}: ${violation.words}`;
  return `seed ${seed} ${end} (${steps} steps, ${Math.round(virtualMs / 1000)} s)`;
}
