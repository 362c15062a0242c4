// Stores what the supervisor says, in order and in batches, and never gives a frame up: a log that is away is waited for, and
// the reader of the channel with it, so that memory stays bounded.
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { Frame, OutputLog, Seal } from '#src/ports/output-log.ts';
import { patiently } from '../patience.ts';

const waitingBytesMax = 4 * 1024 * 1024;
const batchBytesMax = 1024 * 1024;
const batchFramesMax = 500;

export interface Stored {
  frames: Frame[];
  /** Frames after it were dropped. */
  seal: Seal | null;
}

export interface FrameStore {
  /** Resolves when there is room for more. Rejects when storing failed for good. */
  offer(frame: Frame): Promise<void>;
  /** Resolves when everything offered is stored. */
  flushed(): Promise<void>;
}

export interface FrameStoreSettings {
  ports: { outputLog: OutputLog; clock: Clock; logger: Logger };
  execution: string;
  attempt: number;
  signal: AbortSignal;
  /** Called after each batch, once it is durable. */
  stored(batch: Stored): void;
}

export function frameStore(settings: FrameStoreSettings): FrameStore {
  const { ports, execution, attempt, signal, stored } = settings;
  let waiting: Frame[] = [];
  let waitingBytes = 0;
  let running: Promise<void> | null = null;
  let failure: { error: unknown } | null = null;

  const run = async (): Promise<void> => {
    try {
      while (waiting.length > 0) {
        const frames = batchOf(waiting);
        const chunks = frames.map((frame) => ({ kind: 'frame', frame }) as const);
        const seal = await patiently(ports, signal, () => ports.outputLog.append(execution, attempt, chunks));
        waiting = waiting.slice(frames.length);
        waitingBytes -= bytesOf(frames);
        stored({ frames, seal });
      }
    } catch (error) {
      failure = { error };
    }
    // In the same step as the last look at what waits: the next offer starts anew.
    running = null;
  };
  const flushed = async (): Promise<void> => {
    await running;
    if (failure !== null) throw failure.error;
  };
  return {
    async offer(frame) {
      if (failure !== null) throw failure.error;
      waiting.push(frame);
      waitingBytes += frame.data.length;
      running ??= run();
      if (waitingBytes > waitingBytesMax) await flushed();
    },
    flushed,
  };
}

function batchOf(waiting: readonly Frame[]): Frame[] {
  let bytes = 0;
  let count = 0;
  for (const frame of waiting) {
    if (count > 0 && (count >= batchFramesMax || bytes + frame.data.length > batchBytesMax)) break;
    bytes += frame.data.length;
    count += 1;
  }
  return waiting.slice(0, count);
}

export const bytesOf = (frames: readonly Frame[]): number =>
  frames.reduce((sum, frame) => sum + frame.data.length, 0);
