// `bun scripts/sim.ts --seed N` tells the story of one seed; `--seeds N [--from M] [--counts] [--tally FILE]` plays many, each
// twice, on all processors. With `--store sqlite` the second play has the embedded engines behind its ports; `both` compares
// each single answer. Ends with 1 when something unsafe happened, 2 when something never ended or was never met, 3 when a
// seed differed from itself.
import { parseArgs } from 'node:util';
import { missing, unexpected } from '#tests/sim/coverage.ts';
import { exitCodes, play, summary } from '#tests/sim/playing.ts';
import { regressions } from '#tests/sim/regressions.ts';
import { type StoreKind, simulate, storeKinds } from '#tests/sim/simulate.ts';
import { lines, markdown } from '#tests/sim/tally.ts';

/** What a child tells after every few seeds, in one line of JSON. */
interface Report {
  /** In the order of playing. */
  seeds: number[];
  broken: string[];
  /** The exit code of the worst; 0 when all held. */
  worst: number;
  steps: number;
  virtualMs: number;
  counts: Record<string, number>;
}

/** Fewer are not worth another process. */
const seedsPerPart = 25;
const seedsPerReport = 10;
/** A long run says how far it is each time when so many more are played. */
const seedsPerProgress = 500;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    counts: { type: 'boolean', default: false },
    tally: { type: 'string' },
    store: { type: 'string', default: 'memory' },
    /** Skips the second play of each seed. */
    once: { type: 'boolean', default: false },
    /** For our own child processes: which part of how many. */
    part: { type: 'string' },
  },
});
const print = (line: string): Promise<void> =>
  new Promise((resolve) => process.stdout.write(`${line}\n`, () => resolve()));

const from = whole('from', values.from);
const count = whole('seeds', values.seeds);
const store = storeOf(values.store);
const all = [...regressions.map(({ seed }) => seed), ...Array.from({ length: count }, (_, at) => from + at)];

// The code is set and the process left to end: leaving at once would cut a long story off in a pipe.
if (values.seed !== undefined) process.exitCode = await tell(whole('seed', values.seed));
else if (values.part !== undefined) await playPart(values.part);
else process.exitCode = await playAll();

async function tell(seed: number): Promise<number> {
  const outcome = simulate(seed, { wordy: true, store });
  for (const line of outcome.story) await print(line);
  await print(summary(outcome));
  return outcome.violation === null ? 0 : exitCodes[outcome.violation.kind];
}

async function playAll(): Promise<number> {
  const whole = emptyReport();
  const parts = Math.min(navigator.hardwareConcurrency, Math.ceil(all.length / seedsPerPart));
  let told = 0;
  await Promise.all(
    Array.from({ length: parts }, (_, part) =>
      inChild(`${part}/${parts}`, async (report) => {
        add(whole, report);
        for (const line of report.broken) await print(line);
        if (whole.seeds.length < told + seedsPerProgress) return;
        told = whole.seeds.length;
        process.stderr.write(`${progress(whole)}\n`);
      }),
    ),
  );
  return conclude(whole);
}

/** Whoever is interrupted goes on with the lowest seed that nobody has played. */
function progress({ seeds, broken }: Report): string {
  const played = new Set(seeds);
  const next = all.slice(regressions.length).find((seed) => !played.has(seed));
  const rest = next === undefined ? '' : `; go on with --from ${next} --seeds ${from + count - next}`;
  return `${seeds.length} of ${all.length} seeds, ${broken.length} broken${rest}`;
}

async function conclude(report: Report): Promise<number> {
  const { broken, counts, steps, virtualMs, worst } = report;
  if (values.counts) for (const line of lines(counts)) await print(line);
  if (values.tally !== undefined) {
    const played = { from, seeds: count, regressions: regressions.length, broken, steps, virtualMs, counts };
    await Bun.write(values.tally, markdown(played));
  }
  // One process alone meets no other.
  const absent = store === 'embedded' ? [] : missing(counts, count);
  const wrong = unexpected(counts);
  for (const what of absent) await print(`never met: ${what}`);
  for (const what of wrong) await print(`met, and should never be: ${what}`);
  const notMet = absent.length === 0 ? '' : `, ${absent.length} things never met`;
  await print(`${all.length} seeds, ${broken.length} broken${notMet}`);
  if (worst !== 0) return worst;
  return absent.length + wrong.length === 0 ? 0 : exitCodes.coverage;
}

async function inChild(part: string, hear: (report: Report) => Promise<void>): Promise<void> {
  const once = values.once ? ['--once'] : [];
  const child = Bun.spawn(
    [
      process.execPath,
      import.meta.path,
      ...['--part', part, '--from', String(from), '--seeds', String(count), '--store', store],
      ...once,
    ],
    { stdout: 'pipe', stderr: 'inherit' },
  );
  let rest = '';
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const ended = (rest + text).split('\n');
    rest = ended.pop() ?? '';
    for (const line of ended) await hear(JSON.parse(line));
  }
  if ((await child.exited) === 0) return;
  const words = 'a part of the seeds did not answer';
  await hear({ ...emptyReport(), broken: [words], worst: exitCodes.safety });
}

/** Dealt in turn, so that each part has its share of long ones, and all come forward together. */
async function playPart(part: string): Promise<void> {
  const [index = 0, parts = 1] = part.split('/').map(Number);
  const seeds = all.filter((_, at) => at % parts === index);
  let playing = 0;
  process.on('unhandledRejection', (error) => {
    const words = Bun.inspect(error).replaceAll('\n', ' ');
    const line = `seed ${playing} safety: a promise of the simulated processes was left rejected: ${words}`;
    const report = { ...emptyReport(), broken: [line], worst: exitCodes.safety };
    void print(JSON.stringify(report)).then(() => process.exit(0));
  });
  let report = emptyReport();
  for (const seed of seeds) {
    playing = seed;
    const { outcome, broken } = play(seed, { once: values.once, store });
    const { steps, virtualMs, counts } = outcome;
    add(report, {
      seeds: [seed],
      broken: broken === null ? [] : [broken.line],
      worst: broken?.code ?? 0,
      steps,
      virtualMs,
      counts,
    });
    if (report.seeds.length < seedsPerReport && seed !== seeds.at(-1)) continue;
    await print(JSON.stringify(report));
    report = emptyReport();
  }
}

function emptyReport(): Report {
  return { seeds: [], broken: [], worst: 0, steps: 0, virtualMs: 0, counts: {} };
}

function add(whole: Report, { seeds, broken, worst, steps, virtualMs, counts }: Readonly<Report>): void {
  whole.seeds.push(...seeds);
  whole.broken.push(...broken);
  whole.steps += steps;
  whole.virtualMs += virtualMs;
  if (worst !== 0) whole.worst = whole.worst === 0 ? worst : Math.min(whole.worst, worst);
  for (const [what, times] of Object.entries(counts)) whole.counts[what] = (whole.counts[what] ?? 0) + times;
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`--${name} is a whole number, not "${text}"`);
}

function storeOf(text: string): StoreKind {
  const kind = storeKinds.find((known) => known === text);
  if (kind === undefined) throw new Error(`--store is one of ${storeKinds.join(', ')}, not "${text}"`);
  return kind;
}
