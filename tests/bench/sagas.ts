// What a run costs without its pod. Every figure stands beside a reference of the same process and minute: as many commits,
// as large, through the same writer, of rows that nobody reads, parses or indexes.
//   bun tests/bench/sagas.ts [--sagas 2000] [--at-once 200] [--rounds 5] [--statements]
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bareCommits } from './bare-commits.ts';
import { countStatements, type Statements } from './counted-statements.ts';
import { aloneOf, manyOf, median } from './measured.ts';
import { sagaProcess } from './saga-process.ts';

const { values: options } = parseArgs({
  options: {
    sagas: { type: 'string', default: '2000' },
    'at-once': { type: 'string', default: '200' },
    rounds: { type: 'string', default: '5' },
    statements: { type: 'boolean', default: false },
  },
});
const sagas = Number(options.sagas);
const atOnce = Number(options['at-once']);
const alone = 200;
const idleMs = 10_000;
/** A run's commits and publications, each awaited by somebody: the first by the run, the rest by the relay and the pods. */
const writesOfRun = 15;
const open = { concurrentMax: 1_000, concurrentPerUserMax: 1_000 };
const narrow = { concurrentMax: 16, concurrentPerUserMax: 4 };

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const bytes = await tellCounted();
  await tellRounds(bytes);
  await tellBurst();
}

/** Answers the bytes that a run writes. */
async function tellCounted(): Promise<number> {
  const counting = countStatements();
  const { process: system, whole } = await sagaProcess(open);
  await manyOf(200, atOnce, whole);
  counting.take();
  await manyOf(sagas, atOnce, whole);
  const many = counting.take();
  tellStatements('a saga among many', many, sagas);
  await aloneOf(alone, whole);
  tellStatements('a saga alone', counting.take(), alone);
  await Bun.sleep(2_000);
  counting.take();
  const used = process.cpuUsage();
  await Bun.sleep(idleMs);
  const { user, system: kernel } = process.cpuUsage(used);
  tellStatements('a second without work', counting.take(), idleMs / 1_000);
  say(`without work: ${((user + kernel) / 10 / idleMs).toFixed(2)} % of one processor`);
  await system.close();
  counting.end();
  return many.bytesWritten / sagas;
}

function tellStatements(what: string, counted: Statements, times: number): void {
  const per = (count: number): string => (count / times).toFixed(1);
  const { all, writes, commits, bytesWritten, bySql } = counted;
  say(
    `${what}: ${per(all)} statements, ${per(writes)} of them write ${per(bytesWritten)} bytes, ${per(commits)} commits`,
  );
  if (!options.statements) return;
  for (const [sql, count] of [...bySql].sort((a, b) => b[1] - a[1]).slice(0, 30)) {
    say(`  ${per(count).padStart(7)}  ${sql.replaceAll(/\s+/g, ' ').slice(0, 120)}`);
  }
}

interface Figures {
  perSecond: number;
  processorMs: number;
  mainMs: number;
  p50: number;
  p99: number;
}

/** Ours and the reference's by turns, so that both see the same neighbours. */
async function tellRounds(bytes: number): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'greenroom-bench-'));
  const bare = await bareCommits(dataDir);
  const reference = (): Promise<void> => bare.chain(writesOfRun, Math.round(bytes / writesOfRun));
  const { process: system, whole } = await sagaProcess(open);
  await manyOf(2_000, atOnce, whole);
  await manyOf(400, atOnce, reference);
  const ours: Figures[] = [];
  const theirs: Figures[] = [];
  for (let round = 1; round <= Number(options.rounds); round += 1) {
    const many = [await manyOf(sagas, atOnce, whole), await manyOf(sagas, atOnce, reference)] as const;
    const single = [await aloneOf(alone, whole), await aloneOf(alone, reference)] as const;
    const figures = { ours: { ...many[0], ...single[0] }, bare: { ...many[1], ...single[1] } };
    say(
      `round ${round}, load ${(loadavg()[0] ?? 0).toFixed(1)}: ${told(figures.ours)} | bare ${told(figures.bare)}`,
    );
    ours.push(figures.ours);
    theirs.push(figures.bare);
  }
  for (const name of ['perSecond', 'processorMs', 'mainMs', 'p50', 'p99'] as const) {
    const ratios = ours.map((one, index) => one[name] / (theirs[index]?.[name] ?? Number.NaN));
    say(
      `median ${name}: ${median(ours.map((one) => one[name])).toFixed(2)} = ${median(ratios).toFixed(2)} × bare`,
    );
  }
  await system.close();
  await bare.close();
  await rm(dataDir, { recursive: true });
}

const told = ({ perSecond, processorMs, mainMs, p50, p99 }: Figures): string =>
  `${perSecond.toFixed(0)}/s, ${processorMs.toFixed(2)} ms of processor (main thread ${mainMs.toFixed(2)}), ` +
  `alone ${p50.toFixed(2)} ms, p99 ${p99.toFixed(1)}`;

/** Everybody comes at once and few slots are there: the queue is long, and moves slowly. */
async function tellBurst(): Promise<void> {
  const { process: system, whole } = await sagaProcess(narrow);
  const { perSecond, processorMs } = await manyOf(sagas, sagas, whole);
  say(
    `a burst of ${sagas} through ${narrow.concurrentMax} slots: ${perSecond.toFixed(0)}/s, ${processorMs.toFixed(2)} ms`,
  );
  await system.close();
}

await main();
