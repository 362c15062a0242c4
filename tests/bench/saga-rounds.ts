// What a run costs without its pod, beside as many commits, as large, through the same writer, of rows that nobody reads, parses
// or indexes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BareCommits, bareCommits } from './bare-commits.ts';
import type { Bench } from './bench.ts';
import { aloneOf, manyOf } from './measured.ts';
import { type SagaProcess, sagaProcess } from './saga-process.ts';

/** A run's commits and publications, each awaited by somebody: the first by the run, the rest by the relay and the pods. */
export const writesOfRun = 15;
/** As `tests/bench/sagas.ts` counts them; commits of another size cost as good as the same. */
const bytesOfWrite = 1_600;
const atOnce = 200;
const slots = { concurrentMax: 1_000, concurrentPerUserMax: 1_000 };
const bare = `${writesOfRun} bare commits`;

export const sagaRounds: Bench = {
  title: 'A run without its pod, embedded engine',
  figures: [
    { name: 'overhead alone, p50', unit: 'ms', reference: bare, goal: { most: 5 } },
    { name: 'overhead alone, p99', unit: 'ms', reference: bare },
    { name: `${atOnce} at once`, unit: 'per second', reference: bare, goal: { least: 2_000 } },
  ],
  async open({ smoke }) {
    const [many, alone] = smoke ? [20, 5] : [2_000, 200];
    const dataDir = await mkdtemp(join(tmpdir(), 'greenroom-bench-'));
    const commits = await bareCommits(dataDir);
    const sagas = await sagaProcess(slots);
    if (!smoke) await manyOf(2_000, atOnce, sagas.whole);
    await manyOf(many / 5, atOnce, referenceOf(commits));
    return {
      round: () => round(sagas, commits, many, alone),
      async close() {
        await sagas.process.close();
        await commits.close();
        await rm(dataDir, { recursive: true });
      },
    };
  },
};

const referenceOf = (commits: BareCommits) => (): Promise<void> => commits.chain(writesOfRun, bytesOfWrite);

async function round({ whole }: SagaProcess, commits: BareCommits, many: number, alone: number) {
  const single = [await aloneOf(alone, whole), await aloneOf(alone, referenceOf(commits))] as const;
  const crowd = [
    await manyOf(many, atOnce, whole),
    await manyOf(many, atOnce, referenceOf(commits)),
  ] as const;
  return [
    { ours: single[0].p50, reference: single[1].p50 },
    { ours: single[0].p99, reference: single[1].p99 },
    { ours: crowd[0].perSecond, reference: crowd[1].perSecond },
  ];
}
