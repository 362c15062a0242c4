// How tasks are measured: many at a time, or one after the other. The processor's time stands beside the clock's, because
// the machine is never alone.

export interface Many {
  perSecond: number;
  /** Of all threads, for one task. */
  processorMs: number;
  /** Of the main thread, for one task: its inverse is what a machine with nothing else to do could reach. */
  mainMs: number;
}

export type Task = (number: number) => Promise<void>;

export async function manyOf(count: number, atOnce: number, task: Task): Promise<Many> {
  let next = 0;
  const used = process.cpuUsage();
  const main = process.threadCpuUsage();
  const began = performance.now();
  const worker = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await task(next);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const seconds = (performance.now() - began) / 1_000;
  const each = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1_000 / count;
  return {
    perSecond: count / seconds,
    processorMs: each(process.cpuUsage(used)),
    mainMs: each(process.threadCpuUsage(main)),
  };
}

export interface Alone {
  p50: number;
  p99: number;
}

/** Milliseconds of each of `count` tasks, one after the other. */
export async function aloneOf(count: number, task: Task): Promise<Alone> {
  const tookMs: number[] = [];
  for (let number = 0; number < count; number += 1) {
    const began = performance.now();
    await task(number);
    tookMs.push(performance.now() - began);
  }
  return { p50: share(tookMs, 0.5), p99: share(tookMs, 0.99) };
}

export const median = (numbers: readonly number[]): number => share(numbers, 0.5);

/** The value below which such a part of them lies. */
export function share(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
