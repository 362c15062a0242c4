// What a run wrote, byte for byte: one of its streams, or a file that it left. Nothing is held in memory as a whole.
import { contextOf } from '#machines/execution/describe.ts';
import type { Caller } from '#src/domain/access.ts';
import { type ArtifactPiece, createArtifactReader } from '#src/domain/artifact-frames.ts';
import { contentTypeOf } from '#src/domain/content-types.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { OutputLog } from '#src/ports/output-log.ts';
import type { ExecutionDeps } from './dependencies.ts';
import { type OutputStream, outputBytes, storedFrames } from './reading.ts';
import { readableRun } from './stored.ts';

export interface ByteSource {
  /** How much there is by now. */
  size(): Promise<number>;
  /** From `start` up to but without `end`. */
  bytes(start: number, end?: number): AsyncGenerator<Uint8Array>;
}

/** One stream of the last attempt, from an offset on. @throws not_found, forbidden */
export async function openOutput(
  { ports }: ExecutionDeps,
  caller: Caller,
  id: string,
  stream: OutputStream,
  offset: number,
): Promise<ByteSource> {
  const record = await readableRun(ports.records, caller, id);
  const source = { execution: id, attempt: contextOf(record.snapshot).attempt, stream };
  return {
    size: async () => Math.max(0, (await lengthOf(ports.outputLog, source)) - offset),
    bytes: (start, end) =>
      outputBytes(ports.outputLog, source, offset + start, end === undefined ? undefined : offset + end),
  };
}

async function lengthOf(log: OutputLog, source: Parameters<typeof outputBytes>[1]): Promise<number> {
  let length = 0;
  for await (const piece of outputBytes(log, source, 0)) length += piece.length;
  return length;
}

export interface OpenedArtifact {
  name: string;
  contentType: string;
  sizeBytes: number;
  bytes: AsyncGenerator<Uint8Array>;
}

/** A whole file of the last attempt. @throws not_found, forbidden */
export async function openArtifact(
  { ports }: ExecutionDeps,
  caller: Caller,
  id: string,
  name: string,
): Promise<OpenedArtifact> {
  const record = await readableRun(ports.records, caller, id);
  const { attempt } = contextOf(record.snapshot);
  const found = await wholeFile(ports.outputLog, id, attempt, name);
  if (found === null) throw new DomainError('not_found', 'Artifact not found');
  return { name, contentType: contentTypeOf(name), ...found };
}

/** Found by reading to its end once, so that an answer is begun only for a file that is all there. */
async function wholeFile(log: OutputLog, execution: string, attempt: number, name: string) {
  for await (const { head, complete } of pieces(log, execution, attempt))
    if (head.name === name && complete)
      return { sizeBytes: head.sizeBytes, bytes: fileBytes(log, execution, attempt, name) };
  return null;
}

async function* fileBytes(log: OutputLog, execution: string, attempt: number, name: string) {
  for await (const { head, data, complete } of pieces(log, execution, attempt)) {
    if (head.name !== name) continue;
    if (data.length > 0) yield data;
    if (complete) return;
  }
}

async function* pieces(
  log: OutputLog,
  execution: string,
  attempt: number,
): AsyncGenerator<ArtifactPiece, void> {
  const artifact = createArtifactReader();
  for await (const { channel, data } of storedFrames(log, execution, attempt)) {
    const piece = channel === 'artifact' ? artifact(data) : null;
    if (piece !== null) yield piece;
  }
}
