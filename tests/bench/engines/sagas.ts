// What a run costs without its pod on the real servers, all roles that step it in one process, beside bare round trips to them.
import type { Bench, Sample } from '../bench.ts';
import { type Alone, aloneOf, manyOf, median } from '../measured.ts';
import { type BareTrips, bareTrips } from './bare-trips.ts';
import { type EnginesProcess, enginesProcess } from './saga-process.ts';
import type { BenchServers } from './servers.ts';
import { callsOfRun, divide, type Span, slowestRun } from './time-of-runs.ts';
import type { Call } from './watched-engines.ts';

const atOnce = 200;
const slots = { concurrentMax: 1_000, concurrentPerUserMax: 1_000 };
const trip = 'one bare write and one bare message';
/** As a run's are, in the mean. */
const bytes = { write: 5_000, message: 700 };

export const engineSagas = (servers: BenchServers): Bench => ({
  title: 'A run without its pod on MongoDB, Kafka and Redis, in one process',
  figures: [
    { name: 'overhead alone, p50', unit: 'ms', reference: trip, goal: { most: 50 } },
    { name: 'overhead alone, p99', unit: 'ms', reference: trip, goal: { most: 150 } },
    {
      name: `${atOnce} at once`,
      unit: 'per second',
      reference: 'as many bare writes and messages',
      goal: { least: 500 },
    },
  ],
  async open({ smoke }) {
    const [many, alone] = smoke ? [10, 5] : [600, 100];
    const sagas = await enginesProcess(servers.addresses, slots);
    const trips = await bareTrips(servers.addresses, bytes);
    await manyOf(smoke ? 5 : 400, atOnce, sagas.whole);
    await aloneOf(5, trips.one);
    const counted = await countedRun(sagas, smoke ? 5 : 50);
    const reference = (): Promise<void> => trips.chain(counted.writes, counted.messages);
    await manyOf(smoke ? 5 : many / 3, atOnce, reference);
    const busy: string[] = [];
    return {
      async round() {
        const crowd = await crowdOf(servers, sagas, many);
        const bare = await manyOf(many, atOnce, reference);
        busy.push(crowd.words);
        const single = [await aloneOf(alone, sagas.whole), await aloneOf(alone, trips.one)] as const;
        return [...beside(...single), { ours: crowd.perSecond, reference: bare.perSecond }];
      },
      async notes() {
        return [...(await notesOf(sagas, alone, trips)), busy.at(-1) ?? ''];
      },
      async close() {
        await trips.close();
        await sagas.close();
      },
    };
  },
});

const beside = (ours: Alone, bare: Alone): Sample[] => [
  { ours: ours.p50, reference: bare.p50 },
  { ours: ours.p99, reference: bare.p99 },
];

const isWrite = ({ name }: Call): boolean =>
  ['records.insert', 'records.commit', 'records.mark'].includes(name);
const isHop = ({ name }: Call): boolean => name.startsWith('hop to ');

/** What a run alone writes, and the messages on its way. */
async function countedRun(
  sagas: EnginesProcess,
  times: number,
): Promise<{ writes: number; messages: number }> {
  sagas.take();
  await aloneOf(times, sagas.whole);
  const calls = sagas.take();
  const each = (isMeant: (call: Call) => boolean): number =>
    Math.max(1, Math.round(calls.filter(isMeant).length / times));
  return { writes: each(isWrite), messages: each(isHop) };
}

/** How many a second, and who of all had the processors meanwhile. */
async function crowdOf(
  servers: BenchServers,
  sagas: EnginesProcess,
  count: number,
): Promise<{ perSecond: number; words: string }> {
  const before = await servers.processorMs();
  const { perSecond, processorMs, mainMs } = await manyOf(count, atOnce, sagas.whole);
  const after = await servers.processorMs();
  const theirs = Object.entries(after).map(
    ([name, ms]) => `${name} ${((ms - (before[name] ?? 0)) / count).toFixed(2)}`,
  );
  return {
    perSecond,
    words:
      `of ${atOnce} at once, each run took milliseconds of processor: our process ${processorMs.toFixed(2)} ` +
      `(main thread ${mainMs.toFixed(2)}), ${theirs.join(', ')}`,
  };
}

/** Where the time of a run alone goes, in milliseconds, and by which calls. */
async function notesOf(sagas: EnginesProcess, times: number, trips: BareTrips): Promise<string[]> {
  const spans: Span[] = [];
  sagas.take();
  for (let number = 0; number < times; number += 1) {
    const from = performance.now();
    await sagas.whole(number);
    spans.push({ from, to: performance.now() });
  }
  const calls = sagas.take();
  const { database, broker, both, cache, ours } = divide(spans, calls);
  const whole = median(spans.map(({ from, to }) => to - from));
  const writes = await aloneOf(times, () => trips.chain(1, 0));
  const hops = await aloneOf(times, () => trips.chain(0, 1));
  return [
    `a run alone (p50 ${inMs(whole)}) waits, in the mean, ${inMs(database)} for the database, ${inMs(broker)} for the broker, ` +
      `${inMs(both)} for both, ${inMs(cache)} for the cache, and ${inMs(ours)} for nobody`,
    `the slowest of ${times} took ${slowestRun(spans, calls)}`,
    `calls of a run: ${callsOfRun(calls, times).join(', ')}`,
    `a bare write takes ${inMs(writes.p50)} (p99 ${inMs(writes.p99)}), a bare message ${inMs(hops.p50)} (p99 ${inMs(hops.p99)})`,
  ];
}

const inMs = (ms: number): string => `${ms.toFixed(2)} ms`;
