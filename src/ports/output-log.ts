// What a run wrote, frame by frame, and what was typed into it. Append-only; one writer's repetition changes nothing.

export const frameChannels = ['started', 'stdout', 'stderr', 'artifact', 'exit'] as const;
export type FrameChannel = (typeof frameChannels)[number];

export interface Frame {
  /** From 0, without a gap; numbered by the supervisor. */
  number: number;
  channel: FrameChannel;
  /** Milliseconds since 1970, when the monitor stored it. */
  at: number;
  data: Uint8Array;
}

/** The seal is itself the chunk after the last frame: the same key, inserted if absent, so no frame can follow it. */
export interface Seal {
  /** Number of the last frame; -1 for none. */
  last: number;
}

export type Chunk = { kind: 'frame'; frame: Frame } | { kind: 'seal'; number: number; seal: Seal };

export interface Output {
  /** Contiguous from the number asked for, never past the seal. */
  frames: Frame[];
  seal: Seal | null;
}

export interface Input {
  /** From 1, without a gap, in the order of acceptance. */
  number: number;
  data: Uint8Array;
  /** Nothing follows. */
  end: boolean;
}

export type InputOutcome = { kind: 'appended'; number: number } | { kind: 'ended' };

export interface OutputLog {
  /**
   * Inserts each chunk if its number is free, in order, and stops before a chunk whose number is taken by a seal.
   * Answers the seal that stands at or below the highest number given, or null. Durable once it resolves.
   */
  append(execution: string, attempt: number, chunks: readonly Chunk[]): Promise<Seal | null>;
  /** At most `limit` frames (default 1,000) and about 1 MiB; the seal is answered only when every frame up to it was. */
  read(execution: string, attempt: number, from: number, limit?: number): Promise<Output>;
  /** Appends to the input unless it has ended. A repeated `key` answers the first outcome and appends nothing. */
  appendInput(
    execution: string,
    attempt: number,
    input: { key: string; data: Uint8Array; end: boolean },
  ): Promise<InputOutcome>;
  readInput(execution: string, attempt: number, after: number): Promise<Input[]>;
  /** Removes all attempts' frames and inputs. */
  remove(execution: string): Promise<void>;
}
