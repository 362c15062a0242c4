// Where the time of runs goes that are alone: how long some call to a server was under way, and how long none was. Pure.
import { median, share } from '../measured.ts';
import type { Call, Server } from './watched-engines.ts';

export interface Span {
  from: number;
  to: number;
}

/** Of one run, in milliseconds. */
export interface Division {
  database: number;
  broker: number;
  /** Some call to each of both. */
  both: number;
  cache: number;
  /** No call to anybody: our own work, and the machine's other business. */
  ours: number;
}

/** What each moment of the spans was spent in, as a mean of them. */
export function divide(spans: readonly Span[], calls: readonly Call[]): Division {
  const sum: Division = { database: 0, broker: 0, both: 0, cache: 0, ours: 0 };
  for (const span of spans) {
    const within = calls.filter(({ from, to }) => from < span.to && to > span.from);
    const edges = [span.from, span.to, ...within.flatMap(({ from, to }) => [from, to])]
      .filter((at) => at >= span.from && at <= span.to)
      .toSorted((a, b) => a - b);
    for (const [index, from] of edges.entries()) {
      const to = edges[index + 1] ?? from;
      const busy = new Set(within.filter((call) => call.from <= from && call.to >= to).map(servedBy));
      sum[kindOf(busy)] += to - from;
    }
  }
  const mean = (total: number): number => total / Math.max(1, spans.length);
  return {
    database: mean(sum.database),
    broker: mean(sum.broker),
    both: mean(sum.both),
    cache: mean(sum.cache),
    ours: mean(sum.ours),
  };
}

const servedBy = ({ server }: Call): Server => server;

function kindOf(busy: ReadonlySet<Server>): keyof Division {
  if (busy.has('database') && busy.has('broker')) return 'both';
  if (busy.has('database')) return 'database';
  if (busy.has('broker')) return 'broker';
  return busy.has('cache') ? 'cache' : 'ours';
}

/** One line a kind of call: how many of it in a run, and how long they took. */
export function callsOfRun(calls: readonly Call[], runs: number): string[] {
  const byName = Map.groupBy(calls, ({ name }) => name);
  return [...byName]
    .toSorted((a, b) => b[1].length - a[1].length)
    .filter(([, some]) => some.length >= runs / 10)
    .map(([name, some]) => {
      const tookMs = some.map(({ from, to }) => to - from);
      const [half, most] = [median(tookMs), share(tookMs, 0.99)];
      return `${name} ${(some.length / runs).toFixed(1)} × ${half.toFixed(2)} ms (p99 ${most.toFixed(1)})`;
    });
}

/** What the slowest of them waited for: its length, its division, and its longest calls. */
export function slowestRun(spans: readonly Span[], calls: readonly Call[]): string {
  const [slowest] = spans.toSorted((a, b) => b.to - b.from - (a.to - a.from));
  if (slowest === undefined) return 'no run';
  const lengthOf = ({ from, to }: Span): number => to - from;
  const longest = calls
    .filter(({ from, to }) => from < slowest.to && to > slowest.from)
    .toSorted((a, b) => lengthOf(b) - lengthOf(a))
    .slice(0, 3)
    .map((call) => `${call.name} ${lengthOf(call).toFixed(0)}`);
  const { ours } = divide([slowest], calls);
  return `${lengthOf(slowest).toFixed(0)} ms, ${ours.toFixed(0)} of them for nobody; its longest calls: ${longest.join(', ')}`;
}
