// What runs wrote and what was typed into them, in memory: one chunk per number, nothing after a seal.
import { attemptKey } from '#src/domain/ids.ts';
import type { Chunk, Frame, Input, InputOutcome, Output, Seal } from '#src/ports/output-log.ts';
import { copy } from '../world/copy.ts';
import { numberOf, type OutputStore } from './stores.ts';

interface InputLog {
  entries: Input[];
  outcomes: Map<string, InputOutcome>;
}

const FRAMES = 1_000;
const READ_BYTES_MAX = 1_048_576;

export function memoryOutput(): OutputStore {
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
      const before = log.get(number);
      if (before?.kind === 'seal') return before.seal;
      if (before === undefined) log.set(number, copy(chunk));
    }
    const highest = Math.max(-1, ...chunks.map(numberOf));
    for (const chunk of log.values()) if (chunk.kind === 'seal' && chunk.number <= highest) return chunk.seal;
    return null;
  };
  const read = (execution: string, attempt: number, from: number, limit: number = FRAMES): Output => {
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

  const at = (execution: string, attempt: number, number: number): Chunk | null =>
    logOf(execution, attempt).get(number) ?? null;
  return { append, read, appendInput, readInput, remove, at };
}
