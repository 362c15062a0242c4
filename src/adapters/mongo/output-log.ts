// What runs wrote, one document for each chunk, keyed by its number: a number once taken is never written again.
import { Binary, type Db } from 'mongodb';
import type { Chunk, Frame, FrameChannel, Output, OutputLog, Seal } from '#src/ports/output-log.ts';
import { isDuplicate } from './failures.ts';
import type { MongoGate } from './gate.ts';
import { appendInput, inputsOf, readInput } from './run-input.ts';

const framesDefault = 1_000;
const bytesPerRead = 1_048_576;
/** Frames fetched at once: a read of large ones need not load a thousand of them. */
const framesPerFetch = 64;
const removedAtOnce = 1_000;

export interface ChunkDocument {
  /** `execution:attempt:number` */
  _id: string;
  execution: string;
  attempt: number;
  number: number;
  channel?: FrameChannel | undefined;
  at?: number | undefined;
  data?: Binary | undefined;
  /** Only in a seal: `execution:attempt`, by which it is found among any number of frames. */
  sealOf?: string | undefined;
  /** Only in a seal. */
  last?: number | undefined;
}

const chunksOf = (db: Db) => db.collection<ChunkDocument>('chunks');

export const chunkIndexes = [
  { name: 'run', key: { execution: 1, attempt: 1, number: 1 } },
  { name: 'seal', key: { sealOf: 1, number: 1 }, sparse: true },
];
export const chunksCollection = 'chunks';

export function mongoOutputLog(gate: MongoGate): OutputLog {
  const { call } = gate;
  return {
    append: (execution, attempt, chunks) => append(gate, execution, attempt, chunks),
    read: (execution, attempt, from, limit = framesDefault) =>
      call((db) => read(db, { execution, attempt }, from, limit)),
    appendInput: (execution, attempt, input) => appendInput(gate, execution, attempt, input),
    readInput: (execution, attempt, after) => call((db) => readInput(db, execution, attempt, after)),
    remove: async (execution) => {
      while (await call((db) => removeSome(db, execution))) {
        // Each call has its own deadline, and a run may have written much.
      }
      await call((db) => inputsOf(db).deleteMany({ execution }));
    },
  };
}

async function append(
  { call }: MongoGate,
  execution: string,
  attempt: number,
  chunks: readonly Chunk[],
): Promise<Seal | null> {
  const documents = chunks.map((chunk) => chunkDocument(execution, attempt, chunk));
  // Frames first: a seal says that all before it are there.
  for (const kind of [documents.filter(isFrame), documents.filter((one) => !isFrame(one))]) {
    if (kind.length > 0) await call((db) => insertAbsent(db, kind));
  }
  const highest = Math.max(-1, ...documents.map(({ number }) => number));
  const seal = await call((db) => lowestSeal(db, execution, attempt));
  if (seal === null || seal.number > highest) return null;
  if (documents.some(({ number }) => number > seal.number)) {
    // Written before we saw that it was sealed below; nobody reads there.
    await call((db) => chunksOf(db).deleteMany({ execution, attempt, number: { $gt: seal.number } }));
  }
  return { last: seal.last };
}

const isFrame = ({ sealOf }: ChunkDocument): boolean => sealOf === undefined;

export const chunkDocument = (execution: string, attempt: number, chunk: Chunk): ChunkDocument => {
  const number = chunk.kind === 'frame' ? chunk.frame.number : chunk.number;
  const key = { _id: `${execution}:${attempt}:${number}`, execution, attempt, number };
  if (chunk.kind === 'seal') return { ...key, sealOf: sealKey(execution, attempt), last: chunk.seal.last };
  const { channel, at, data } = chunk.frame;
  return { ...key, channel, at, data: new Binary(data) };
};

/** Null for what is neither a frame nor a seal. */
export function chunkOf({ number, channel, at, data, last }: ChunkDocument): Chunk | null {
  if (last !== undefined) return { kind: 'seal', number, seal: { last } };
  if (channel === undefined || at === undefined || data === undefined) return null;
  return { kind: 'frame', frame: { number, channel, at, data: bytesOf(data) } };
}

const sealKey = (execution: string, attempt: number): string => `${execution}:${attempt}`;

/** Not in order, so that one that is there already keeps none of the others out. */
async function insertAbsent(db: Db, documents: readonly ChunkDocument[]): Promise<void> {
  try {
    await chunksOf(db).insertMany([...documents], { ordered: false });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}

async function lowestSeal(
  db: Db,
  execution: string,
  attempt: number,
): Promise<{ number: number; last: number } | null> {
  const [seal] = await chunksOf(db)
    .find({ sealOf: sealKey(execution, attempt) }, { projection: { number: 1, last: 1 } })
    .sort({ number: 1 })
    .limit(1)
    .toArray();
  return seal?.last === undefined ? null : { number: seal.number, last: seal.last };
}

async function read(
  db: Db,
  attempt: { execution: string; attempt: number },
  from: number,
  limit: number,
): Promise<Output> {
  const chunks = chunksOf(db)
    .find({ ...attempt, number: { $gte: from } })
    .sort({ number: 1 })
    .limit(limit + 1)
    .batchSize(framesPerFetch);
  const frames: Frame[] = [];
  let bytes = 0;
  for await (const document of chunks) {
    if (document.number !== from + frames.length) break;
    const chunk = chunkOf(document);
    if (chunk?.kind === 'seal') return { frames, seal: chunk.seal };
    if (chunk === null || frames.length >= limit || bytes >= bytesPerRead) break;
    frames.push(chunk.frame);
    bytes += chunk.frame.data.byteLength;
  }
  return { frames, seal: null };
}

/** A copy: the driver's bytes lie in what it received at once. */
const bytesOf = (data: Binary): Uint8Array => Uint8Array.from(data.buffer.subarray(0, data.length()));

/** Whether there may be more. */
async function removeSome(db: Db, execution: string): Promise<boolean> {
  const some = await chunksOf(db)
    .find({ execution }, { projection: { _id: 1 } })
    .limit(removedAtOnce)
    .toArray();
  if (some.length > 0) await chunksOf(db).deleteMany({ _id: { $in: some.map(({ _id }) => _id) } });
  return some.length === removedAtOnce;
}
