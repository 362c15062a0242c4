// What runs wrote and what was typed into them, as the processes reach it; each chunk is told as it comes.
import { DomainError } from '#src/domain/errors.ts';
import { attemptKey } from '#src/domain/ids.ts';
import type { Chunk, Input, Output, OutputLog, Seal } from '#src/ports/output-log.ts';
import type { SimProcess } from '../process.ts';
import { memoryOutput } from '../stores/memory-output.ts';
import { numberOf, type OutputStore, wholeOutput } from '../stores/stores.ts';

export interface OutputWorld {
  /** Every contiguous frame of an attempt, and its seal. */
  output(execution: string, attempt: number): Output;
  inputs(execution: string, attempt: number): readonly Input[];
  portOf(process: SimProcess): OutputLog;
}

/** Told of every chunk: what stood at its number before, or null. */
export type Appended = (key: string, chunk: Chunk, before: Chunk | null) => void;

/** What is read when nothing else is asked for. */
const FRAMES = 1_000;

export function createOutputStore(
  appended: Appended,
  store: OutputStore = memoryOutput(),
  /** Whether this very read is refused. */
  unreadable: (execution: string) => boolean = () => false,
  /** Told of a run whose output and seals are gone. */
  removed: (execution: string) => void = () => undefined,
): OutputWorld {
  const remove = (execution: string): void => {
    store.remove(execution);
    removed(execution);
  };
  const read: OutputStore['read'] = (execution, attempt, from, limit) => {
    if (unreadable(execution)) throw new DomainError('invalid_state', 'What this run wrote cannot be read');
    return store.read(execution, attempt, from, limit);
  };
  const append = (execution: string, attempt: number, chunks: readonly Chunk[]): Seal | null => {
    for (const chunk of chunks) {
      const before = store.at(execution, attempt, numberOf(chunk));
      appended(attemptKey(execution, attempt), chunk, before);
      if (before?.kind === 'seal') break;
    }
    return store.append(execution, attempt, chunks);
  };
  return {
    output: (execution, attempt) => wholeOutput(store, execution, attempt),
    inputs: (execution, attempt) => store.readInput(execution, attempt, 0),
    portOf: ({ call }) => ({
      append: (execution, attempt, chunks) =>
        call('store', 'output.append', append, execution, attempt, chunks),
      read: (execution, attempt, from, limit) =>
        call('store', 'output.read', read, execution, attempt, from, limit ?? FRAMES),
      appendInput: (execution, attempt, input) =>
        call('store', 'output.appendInput', store.appendInput, execution, attempt, input),
      readInput: (execution, attempt, after) =>
        call('store', 'output.readInput', store.readInput, execution, attempt, after),
      remove: (execution) => call('store', 'output.remove', remove, execution),
    }),
  };
}
