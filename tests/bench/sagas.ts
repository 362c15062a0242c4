// What a run costs without its pod: the real system on the embedded engines, with pods that answer at once. Every figure
// stands beside a reference of the same minute, because the machine is never alone.
//   bun tests/bench/sagas.ts [--sagas 1500] [--at-once 200] [--rounds 5] [--statements] [--profile]
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pinoLogger } from '#src/observability/logger.ts';
import { type EmbeddedProcess, embeddedProcess } from '#tests/actors/embedded-process.ts';
import { acceptance } from '#tests/actors/runs.ts';
import { bareCommits } from './bare-commits.ts';
import { countStatements, type Statements } from './counted-statements.ts';

const { values: options } = parseArgs({
  options: {
    sagas: { type: 'string', default: '1500' },
    'at-once': { type: 'string', default: '200' },
    rounds: { type: 'string', default: '5' },
    statements: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  },
});
const sagas = Number(options.sagas);
const atOnce = Number(options['at-once']);
const rounds = options.profile ? 1 : Number(options.rounds);
const aloneCount = 200;
const idleMs = 10_000;
const slots = { concurrentMax: 1_000, concurrentPerUserMax: 1_000 };
/** As in production: lines are made, and then thrown away. */
const logger = pinoLogger({ level: 'info', process: 'bench', destination: { write: () => undefined } });

interface Run {
  process: EmbeddedProcess;
  /** Resolves once the run's end is on the bus. */
  whole(id: string): Promise<void>;
}

async function opened(): Promise<Run> {
  const process = await embeddedProcess(slots, logger);
  const waiting = new Map<string, () => void>();
  await process.ports.bus.subscribe({
    group: 'bench',
    topics: ['saga_completed'],
    async handle({ key }) {
      waiting.get(key)?.();
      waiting.delete(key);
    },
  });
  return {
    process,
    async whole(id) {
      const ended = new Promise<void>((resolve) => waiting.set(id, resolve));
      await process.system.sagas.start(acceptance(id));
      await ended;
    },
  };
}

interface Measured {
  perSecond: number;
  processorMs: number;
}

/** `count` tasks, so many at a time. */
async function manyOf(count: number, task: (number: number) => Promise<void>): Promise<Measured> {
  let next = 0;
  const used = process.cpuUsage();
  const began = performance.now();
  const worker = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await task(next);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(used);
  return { perSecond: count / seconds, processorMs: (user + system) / 1_000 / count };
}

async function aloneOf(task: (number: number) => Promise<void>): Promise<number[]> {
  const tookMs: number[] = [];
  for (let number = 0; number < aloneCount; number += 1) {
    const began = performance.now();
    await task(number);
    tookMs.push(performance.now() - began);
  }
  return tookMs.sort((a, b) => a - b);
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const median = (numbers: readonly number[]): number =>
  at(
    numbers.toSorted((a, b) => a - b),
    0.5,
  );
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Writes that a run waits for, one after the other or not: its rows without their indexes. */
interface Shape {
  writes: number;
  bytes: number;
}

async function counted(): Promise<Shape> {
  const counting = countStatements();
  const run = await opened();
  await manyOf(200, (number) => run.whole(`warm-${number}`));
  counting.take();
  let awaited = 0;
  const { records, bus } = run.process.ports;
  for (const [name, port] of [
    ['insert', records],
    ['commit', records],
    ['publish', bus],
  ] as const) {
    const call = Reflect.get(port, name) as (...values: unknown[]) => unknown;
    Reflect.set(port, name, (...values: unknown[]) => {
      awaited += 1;
      return call(...values);
    });
  }
  const began = awaited;
  await manyOf(sagas, (number) => run.whole(`counted-${number}`));
  const many = counting.take();
  const shape = { writes: Math.round((awaited - began) / sagas), bytes: 0 };
  shape.bytes = Math.round(many.bytesWritten / sagas / shape.writes);
  tellStatements('a saga among many', many, sagas);
  await aloneOf((number) => run.whole(`alone-${number}`));
  tellStatements('a saga alone', counting.take(), aloneCount);
  await Bun.sleep(2_000);
  counting.take();
  const used = process.cpuUsage();
  await Bun.sleep(idleMs);
  const { user, system } = process.cpuUsage(used);
  tellStatements('a second of idling', counting.take(), idleMs / 1_000);
  say(`idle: ${((user + system) / 10 / idleMs).toFixed(2)} % of one processor`);
  await run.process.close();
  counting.end();
  return shape;
}

function tellStatements(
  what: string,
  { all, writes, commits, bytesWritten, bySql }: Statements,
  times: number,
): void {
  const per = (count: number): string => (count / times).toFixed(1);
  say(
    `${what}: ${per(all)} statements (${per(writes)} that write), ${per(commits)} commits, ${per(bytesWritten)} bytes`,
  );
  if (!options.statements) return;
  for (const [sql, count] of [...bySql].sort((a, b) => b[1] - a[1]).slice(0, 30)) {
    say(`  ${per(count).padStart(7)}  ${sql.replaceAll(/\s+/g, ' ').slice(0, 100)}`);
  }
}

async function main(): Promise<void> {
  const shape = options.profile ? { writes: 15, bytes: 2_000 } : await counted();
  const dataDir = await mkdtemp(join(tmpdir(), 'greenroom-bench-'));
  const bare = await bareCommits(dataDir);
  const reference = (): Promise<void> => bare.chain(shape.writes, shape.bytes);
  const run = await opened();
  await manyOf(400, (number) => run.whole(`warm-${number}`));
  await manyOf(400, reference);
  say(`reference: ${shape.writes} awaited writes of ${shape.bytes} bytes each, for each saga`);
  const ratios = {
    throughput: [] as number[],
    processor: [] as number[],
    p50: [] as number[],
    p99: [] as number[],
  };
  const figures = {
    perSecond: [] as number[],
    processorMs: [] as number[],
    p50: [] as number[],
    p99: [] as number[],
  };
  for (let round = 1; round <= rounds; round += 1) {
    const many = await manyOf(sagas, (number) => run.whole(`many-${round}-${number}`));
    const bareMany = await manyOf(sagas, reference);
    const alone = await aloneOf((number) => run.whole(`alone-${round}-${number}`));
    const bareAlone = await aloneOf(reference);
    say(
      `round ${round}: ${many.perSecond.toFixed(0)} sagas/s (bare ${bareMany.perSecond.toFixed(0)}), ` +
        `${many.processorMs.toFixed(2)} ms of processor a saga (bare ${bareMany.processorMs.toFixed(2)}), ` +
        `alone p50 ${at(alone, 0.5).toFixed(2)} p99 ${at(alone, 0.99).toFixed(2)} ms ` +
        `(bare ${at(bareAlone, 0.5).toFixed(2)}, ${at(bareAlone, 0.99).toFixed(2)}), load ${(loadavg()[0] ?? 0).toFixed(1)}`,
    );
    ratios.throughput.push(many.perSecond / bareMany.perSecond);
    ratios.processor.push(many.processorMs / bareMany.processorMs);
    ratios.p50.push(at(alone, 0.5) / at(bareAlone, 0.5));
    ratios.p99.push(at(alone, 0.99) / at(bareAlone, 0.99));
    figures.perSecond.push(many.perSecond);
    figures.processorMs.push(many.processorMs);
    figures.p50.push(at(alone, 0.5));
    figures.p99.push(at(alone, 0.99));
  }
  say(
    `median: ${median(figures.perSecond).toFixed(0)} sagas/s = ${median(ratios.throughput).toFixed(3)} × bare; ` +
      `${median(figures.processorMs).toFixed(2)} ms of processor = ${median(ratios.processor).toFixed(2)} × bare; ` +
      `alone p50 ${median(figures.p50).toFixed(2)} ms = ${median(ratios.p50).toFixed(2)} × bare, ` +
      `p99 ${median(figures.p99).toFixed(2)} ms = ${median(ratios.p99).toFixed(2)} × bare`,
  );
  await run.process.close();
  await bare.close();
  await rm(dataDir, { recursive: true });
}

await main();
