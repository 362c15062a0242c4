// What an attempt wrote, read page by page: one page is in memory at a time, however much there is.
import type { Frame, FrameChannel, OutputLog } from '#src/ports/output-log.ts';
import { createTextJoiner } from './utf8-chunks.ts';

export type OutputStream = Extract<FrameChannel, 'stdout' | 'stderr'>;

export interface OutputText {
  stdout: string;
  stderr: string;
}

export interface ReadOutput extends OutputText {
  stdoutBytes: number;
  stderrBytes: number;
}

/** The frames that are stored by now, from this number on. */
export async function* storedFrames(
  log: OutputLog,
  execution: string,
  attempt: number,
  from = 0,
): AsyncGenerator<Frame> {
  for (let next = from; ; ) {
    const { frames, seal } = await log.read(execution, attempt, next);
    yield* frames;
    if (frames.length === 0 || seal !== null) return;
    next += frames.length;
  }
}

/** Both streams as text, in which whatever is no UTF-8 shows as replacement characters. */
export async function outputText(log: OutputLog, execution: string, attempt: number): Promise<ReadOutput> {
  const stdout = { text: createTextJoiner(), bytes: 0 };
  const stderr = { text: createTextJoiner(), bytes: 0 };
  for await (const { channel, data } of storedFrames(log, execution, attempt)) {
    const stream = channel === 'stdout' ? stdout : channel === 'stderr' ? stderr : null;
    if (stream === null) continue;
    stream.text.add(data);
    stream.bytes += data.length;
  }
  return {
    stdout: stdout.text.end(),
    stderr: stderr.text.end(),
    stdoutBytes: stdout.bytes,
    stderrBytes: stderr.bytes,
  };
}

/** The bytes of one stream, exactly as written: from `start` up to but without `end`. */
export async function* outputBytes(
  log: OutputLog,
  source: { execution: string; attempt: number; stream: OutputStream },
  start: number,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  let position = 0;
  for await (const { channel, data } of storedFrames(log, source.execution, source.attempt)) {
    if (channel !== source.stream) continue;
    const piece = data.subarray(Math.max(0, start - position), Math.max(0, end - position));
    position += data.length;
    if (piece.length > 0) yield piece;
    if (position >= end) return;
  }
}
