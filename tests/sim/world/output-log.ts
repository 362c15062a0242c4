// What runs wrote and what was typed into them, as the port promises it: one chunk per number, nothing after a seal.
import { attemptKey } from '#src/domain/ids.ts';
import type { Chunk, Frame, Input, InputOutcome, Output, OutputLog, Seal } from '#src/ports/output-log.ts';
import type { SimProcess } from '../process.ts';
import { copy } from './copy.ts';

export interface OutputStore {
  /** Every contiguous frame of an attempt, and its seal. */
  output(execution: string, attempt: number): Output;
  inputs(execution: string, attempt: number): readonly Input[];
  portOf(process: SimProcess): OutputLog;
}

/** Told of every chunk: what stood at its number before, or null. */
export type Appended = (key: string, chunk: Chunk, before: Chunk | null) => void;

interface InputLog {
  entries: Input[];
  outcomes: Map<string, InputOutcome>;
}

const READ_BYTES_MAX = 1_048_576;

export function createOutputStore(appended: Appended): OutputStore {
  const logs = new Map<string, Map<number, Chunk>>();
  const inputLogs = new Map<string, InputLog>();
  const logOf = (execution: string, attempt: number): Map<number, Chunk> => {
    const key = attemptKey(execution, attempt);
    const log = logs.get(key) ?? new Map<number, Chunk>();
    logs.set(key, log);
    return log;
  };
  const append = (execution: string, attempt: number, chunks: readonly Chunk[]): Seal | null => {
    const log = logOf(execution, attempt);
    for (const chunk of chunks) {
      const number = numberOf(chunk);
      const before = log.get(number) ?? null;
      appended(attemptKey(execution, attempt), chunk, before);
      if (before?.kind === 'seal') return before.seal;
      if (before === null) log.set(number, copy(chunk));
    }
    const highest = Math.max(-1, ...chunks.map(numberOf));
    for (const chunk of log.values()) if (chunk.kind === 'seal' && chunk.number <= highest) return chunk.seal;
    return null;
  };
  const read = (execution: string, attempt: number, from: number, limit: number): Output => {
    const log = logOf(execution, attempt);
    const frames: Frame[] = [];
    let bytes = 0;
    for (let number = from; ; number++) {
      const chunk = log.get(number);
      if (chunk?.kind === 'seal') return { frames, seal: chunk.seal };
      if (chunk === undefined || frames.length >= limit || bytes >= READ_BYTES_MAX)
        return { frames, seal: null };
      frames.push(chunk.frame);
      bytes += chunk.frame.data.length;
    }
  };
  const inputOf = (execution: string, attempt: number): InputLog => {
    const key = attemptKey(execution, attempt);
    const log = inputLogs.get(key) ?? { entries: [], outcomes: new Map<string, InputOutcome>() };
    inputLogs.set(key, log);
    return log;
  };
  const appendInput = (
    execution: string,
    attempt: number,
    input: { key: string; data: Uint8Array; end: boolean },
  ): InputOutcome => {
    const { entries, outcomes } = inputOf(execution, attempt);
    const first = outcomes.get(input.key);
    if (first !== undefined) return first;
    const ended = entries.at(-1)?.end === true;
    const number = entries.length + 1;
    const outcome: InputOutcome = ended ? { kind: 'ended' } : { kind: 'appended', number };
    if (!ended) entries.push({ number, data: input.data.slice(), end: input.end });
    outcomes.set(input.key, outcome);
    return outcome;
  };
  const readInput = (execution: string, attempt: number, after: number): Input[] =>
    inputOf(execution, attempt).entries.filter(({ number }) => number > after);
  const remove = (execution: string): void => {
    for (const all of [logs, inputLogs])
      for (const key of [...all.keys()]) if (key.startsWith(`${execution}:`)) all.delete(key);
  };

  return {
    output: (execution, attempt) => read(execution, attempt, 0, Number.MAX_SAFE_INTEGER),
    inputs: (execution, attempt) => readInput(execution, attempt, 0),
    portOf: ({ call }) => ({
      append: (execution, attempt, chunks) =>
        call('store', 'output.append', append, execution, attempt, chunks),
      read: (execution, attempt, from, limit) =>
        call('store', 'output.read', read, execution, attempt, from, limit ?? 1_000),
      appendInput: (execution, attempt, input) =>
        call('store', 'output.appendInput', appendInput, execution, attempt, input),
      readInput: (execution, attempt, after) =>
        call('store', 'output.readInput', readInput, execution, attempt, after),
      remove: (execution) => call('store', 'output.remove', remove, execution),
    }),
  };
}

const numberOf = (chunk: Chunk): number => (chunk.kind === 'seal' ? chunk.number : chunk.frame.number);
