// What a run costs without its pod, beside as many commits, as large, through the same writer, of rows that nobody reads, parses
// or indexes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareCommits } from './bare-commits.ts';
import type { Bench } from './bench.ts';
import { countStatements } from './counted-statements.ts';
import { aloneOf, manyOf, type Task } from './measured.ts';
import { sagaProcess } from './saga-process.ts';

const atOnce = 200;
const slots = { concurrentMax: 1_000, concurrentPerUserMax: 1_000 };
const bare = 'as many bare commits';

export const sagaRounds: Bench = {
  title: 'A run without its pod, embedded engine',
  figures: [
    { name: 'overhead alone, p50', unit: 'ms', reference: bare, goal: { most: 5 } },
    { name: 'overhead alone, p99', unit: 'ms', reference: bare },
    { name: `${atOnce} at once`, unit: 'per second', reference: bare, goal: { least: 2_000 } },
  ],
  async open({ smoke }) {
    const [many, alone] = smoke ? [20, 5] : [2_000, 200];
    const run = await countedRun(smoke ? 5 : 50);
    const dataDir = await mkdtemp(join(tmpdir(), 'greenroom-bench-'));
    const commits = await bareCommits(dataDir);
    const sagas = await sagaProcess(slots);
    if (!smoke) await manyOf(2_000, atOnce, sagas.whole);
    const reference = (): Promise<void> => commits.chain(run.commits, run.bytesOfCommit);
    await manyOf(many / 5, atOnce, reference);
    return {
      round: () => round(sagas.whole, reference, many, alone),
      notes: async () => [`${run.commits} commits of ${run.bytesOfCommit} bytes for a run alone`],
      async close() {
        await sagas.process.close();
        await commits.close();
        await rm(dataDir, { recursive: true });
      },
    };
  },
};

/** What one run writes when nothing is written beside it. */
async function countedRun(times: number): Promise<{ commits: number; bytesOfCommit: number }> {
  const counting = countStatements();
  const sagas = await sagaProcess(slots);
  await aloneOf(times, sagas.whole);
  counting.take();
  await aloneOf(times, sagas.whole);
  const { commits, bytesWritten } = counting.take();
  await sagas.process.close();
  counting.end();
  return {
    commits: Math.max(1, Math.round(commits / times)),
    bytesOfCommit: Math.max(1, Math.round(bytesWritten / commits)),
  };
}

async function round(whole: Task, reference: Task, many: number, alone: number) {
  const single = [await aloneOf(alone, whole), await aloneOf(alone, reference)] as const;
  const crowd = [await manyOf(many, atOnce, whole), await manyOf(many, atOnce, reference)] as const;
  return [
    { ours: single[0].p50, reference: single[1].p50 },
    { ours: single[0].p99, reference: single[1].p99 },
    { ours: crowd[0].perSecond, reference: crowd[1].perSecond },
  ];
}
