// `bun scripts/sim.ts --seed N` tells the story of one seed; `--seeds N [--from M] [--counts]` plays many, each twice, on all
// processors. Ends with 1 when something unsafe happened, 2 when something never ended or was never met, 3 when a seed
// differed from itself.
import { parseArgs } from 'node:util';
import { missing } from '#tests/sim/coverage.ts';
import { regressions } from '#tests/sim/regressions.ts';
import { type Outcome, simulate } from '#tests/sim/simulate.ts';

interface Report {
  /** One line for each seed that broke. */
  broken: string[];
  /** The exit code of the worst. */
  worst: number;
  counts: Record<string, number>;
}

/** From so many seeds on, each listed state, turn, end and fault must have been met. */
const coverageFrom = 200;
/** Fewer are not worth another process. */
const seedsPerPart = 25;
const exitCodes = { safety: 1, liveness: 2, nondeterminism: 3 } as const;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    counts: { type: 'boolean', default: false },
    /** Skips the second play of each seed. */
    once: { type: 'boolean', default: false },
    /** For our own child processes: the seeds, separated by commas; answers a report in JSON. */
    part: { type: 'string' },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);

process.on('unhandledRejection', (error) => {
  print(
    `a promise of the simulated processes was left rejected: ${Bun.inspect(error).replaceAll('\n', ' ')}`,
  );
  process.exit(exitCodes.safety);
});

// The code is set and the process left to end: leaving at once would cut a long story off in a pipe.
if (values.seed !== undefined) process.exitCode = tell(Number(values.seed));
else if (values.part !== undefined) print(JSON.stringify(play(values.part.split(',').map(Number))));
else process.exitCode = await playMany(Number(values.from), Number(values.seeds));

function tell(seed: number): number {
  const outcome = simulate(seed, { wordy: true });
  for (const line of outcome.story) print(line);
  print(summary(outcome));
  return outcome.violation === null ? 0 : exitCodes[outcome.violation.kind];
}

async function playMany(from: number, count: number): Promise<number> {
  const seeds = Array.from({ length: count }, (_, index) => from + index);
  const all = [...regressions.map(({ seed }) => seed), ...seeds];
  const report = merged(await Promise.all(partsOf(all).map(inChild)));
  for (const line of report.broken) print(line);
  if (values.counts)
    for (const what of Object.keys(report.counts).sort())
      print(`${String(report.counts[what]).padStart(8)}  ${what}`);
  const absent = count >= coverageFrom ? missing(report.counts) : [];
  for (const what of absent) print(`never met: ${what}`);
  const notMet = absent.length === 0 ? '' : `, ${absent.length} things never met`;
  print(`${all.length} seeds, ${report.broken.length} broken${notMet}`);
  if (report.worst !== 0) return report.worst;
  return absent.length === 0 ? 0 : exitCodes.liveness;
}

/** Dealt in turn, so that each part has its share of long ones. */
function partsOf(seeds: readonly number[]): number[][] {
  const count = Math.min(navigator.hardwareConcurrency, Math.ceil(seeds.length / seedsPerPart));
  return Array.from({ length: count }, (_, part) => seeds.filter((_seed, index) => index % count === part));
}

async function inChild(seeds: readonly number[]): Promise<Report> {
  const once = values.once ? ['--once'] : [];
  const child = Bun.spawn([process.execPath, import.meta.path, '--part', seeds.join(','), ...once], {
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const output = await new Response(child.stdout).text();
  if ((await child.exited) === 0) return JSON.parse(output);
  const words = output.trim().split('\n').at(-1) ?? '';
  return { broken: [`a part of the seeds did not answer: ${words}`], worst: exitCodes.safety, counts: {} };
}

function play(seeds: readonly number[]): Report {
  return merged(
    seeds.map((seed) => {
      const outcome = simulate(seed, { wordy: false });
      return { ...verdictOn(outcome), counts: outcome.counts };
    }),
  );
}

function merged(reports: readonly Readonly<Report>[]): Report {
  const whole: Report = { broken: [], worst: 0, counts: {} };
  for (const { broken, worst, counts } of reports) {
    whole.broken.push(...broken);
    if (worst !== 0) whole.worst = whole.worst === 0 ? worst : Math.min(whole.worst, worst);
    for (const [what, count] of Object.entries(counts))
      whole.counts[what] = (whole.counts[what] ?? 0) + count;
  }
  return whole;
}

function verdictOn(outcome: Outcome): Pick<Report, 'broken' | 'worst'> {
  if (outcome.violation !== null)
    return { broken: [summary(outcome)], worst: exitCodes[outcome.violation.kind] };
  if (values.once || simulate(outcome.seed, { wordy: false }).hash === outcome.hash)
    return { broken: [], worst: 0 };
  return { broken: [`seed ${outcome.seed} is not the same twice`], worst: exitCodes.nondeterminism };
}

function summary({ seed, violation, steps, virtualMs }: Outcome): string {
  const end = violation === null ? 'holds' : `${violation.kind}: ${violation.words}`;
  return `seed ${seed} ${end} (${steps} steps, ${Math.round(virtualMs / 1000)} s)`;
}
