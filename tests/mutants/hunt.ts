// Started in the copy: plays one seed after the other until one breaks, and tells each as a line of JSON. What was never met in
// all of them counts, too, once there were enough of them.
import { missing } from '#tests/sim/coverage.ts';
import { simulate } from '#tests/sim/simulate.ts';
import type { HuntLine } from './hunt-line.ts';

/** From so many seeds on, each listed state, turn, end and fault must have been met. */
const coverageFrom = 200;

let seed = 0;
process.on('unhandledRejection', (error) => {
  tell({ seed, found: { by: 'safety', words: `a promise was left rejected: ${firstLine(error)}` } });
  process.exit(0);
});

const counts: Record<string, number> = {};
const seeds = Number(Bun.argv[2]);
for (seed = 1; seed <= seeds; seed += 1) {
  const { violation, counts: met } = simulate(seed, { wordy: false });
  if (violation !== null) {
    tell({ seed, found: { by: violation.kind, words: violation.words } });
    process.exit(0);
  }
  tell({ seed, found: null });
  for (const [what, count] of Object.entries(met)) counts[what] = (counts[what] ?? 0) + count;
}
const [absent] = seeds >= coverageFrom ? missing(counts) : [];
if (absent !== undefined) tell({ seed: seeds, found: { by: 'coverage', words: `never met: ${absent}` } });

function tell(line: HuntLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1).join('');
}
