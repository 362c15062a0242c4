// What was typed into runs, numbered without a gap: who takes a number that was taken meanwhile looks again.
import { Binary, type Db } from 'mongodb';
import { unavailable } from '#src/domain/errors.ts';
import type { Input, InputOutcome } from '#src/ports/output-log.ts';
import { isDuplicate } from './failures.ts';
import type { MongoGate } from './gate.ts';

export interface InputDocument {
  /** `execution:attempt:number` */
  _id: string;
  execution: string;
  attempt: number;
  number: number;
  key: string;
  data: Binary;
  end: boolean;
}

export const inputsOf = (db: Db) => db.collection<InputDocument>(inputsCollection);

export const inputsCollection = 'inputs';
export const inputIndexes = [{ name: 'run', key: { execution: 1, attempt: 1, number: 1 } }];

/** Others may append in between, each only once for each look of ours. */
const triesMax = 100;

export async function appendInput(
  { call }: MongoGate,
  execution: string,
  attempt: number,
  input: { key: string; data: Uint8Array; end: boolean },
): Promise<InputOutcome> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const outcome = await call((db) => tryAppend(db, execution, attempt, input));
    if (outcome !== null) return outcome;
  }
  throw unavailable('mongodb: a free number for an input');
}

/** Null when somebody else took the number. The last is read first: what came after it with our key takes that number. */
async function tryAppend(
  db: Db,
  execution: string,
  attempt: number,
  { key, data, end }: { key: string; data: Uint8Array; end: boolean },
): Promise<InputOutcome | null> {
  const inputs = inputsOf(db);
  const [last] = await inputs
    .find({ execution, attempt }, { projection: { number: 1, end: 1 } })
    .sort({ number: -1 })
    .limit(1)
    .toArray();
  const repeated = await inputs.findOne({ execution, attempt, key }, { projection: { number: 1 } });
  if (repeated !== null) return { kind: 'appended', number: repeated.number };
  if (last?.end === true) return { kind: 'ended' };
  const number = (last?.number ?? 0) + 1;
  try {
    await inputs.insertOne(inputDocument(execution, attempt, key, { number, data, end }));
    return { kind: 'appended', number };
  } catch (error) {
    if (isDuplicate(error)) return null;
    throw error;
  }
}

export const inputDocument = (
  execution: string,
  attempt: number,
  key: string,
  { number, data, end }: Input,
): InputDocument => ({
  _id: `${execution}:${attempt}:${number}`,
  execution,
  attempt,
  number,
  key,
  data: new Binary(data),
  end,
});

export const inputOf = ({ number, data, end }: InputDocument): Input => ({
  number,
  // A copy: the driver's bytes lie in what it received at once.
  data: Uint8Array.from(data.buffer.subarray(0, data.length())),
  end,
});

export async function readInput(db: Db, execution: string, attempt: number, after: number): Promise<Input[]> {
  const found = await inputsOf(db)
    .find({ execution, attempt, number: { $gt: after } })
    .sort({ number: 1 })
    .toArray();
  return found.map(inputOf);
}
