// What is said on one channel, numbered. A write that fails is no end: what the pod said before may still be read.
import type { Cancel, Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { PodChannel } from '#src/ports/pods.ts';
import { wordsOf } from '../failure.ts';
import { pause } from '../waiting.ts';
import { type Command, encodeCommand } from './wire.ts';

const lastWordMs = 1_000;
/** A supervisor that has better to do is not disturbed for each frame, as long as it keeps few bytes for us. */
const acknowledgeAfterMs = 20;
const acknowledgeBytes = 512 * 1024;

export interface Mouth {
  /** Numbers are given at once; `written` resolves when handed over, or when that failed. */
  say(commands: readonly Command[]): { numbers: number[]; written: Promise<void> };
  /** Frames up to this one are stored, so many bytes more. Said soon: of those that wait only the latest matters. */
  acknowledge(number: number, bytes: number): void;
  /** Says at once what is still to be acknowledged. Resolves when that is handed over, within a bound. */
  lastWord(): Promise<void>;
  spokeAt(): number;
  /** How long every write has failed. */
  brokenForMs(): number;
}

export function mouthOf(ports: { clock: Clock; logger: Logger }, channel: PodChannel): Mouth {
  const { clock, logger } = ports;
  let number = 0;
  let spokeAt = clock.monotonic();
  let brokenSince: number | null = null;
  let latest: number | null = null;
  let owedBytes = 0;
  let acknowledging: Promise<void> | null = null;
  let waiting: Cancel | null = null;

  const write = async (text: string): Promise<void> => {
    spokeAt = clock.monotonic();
    try {
      await channel.write(text);
      brokenSince = null;
    } catch (error) {
      brokenSince ??= clock.monotonic();
      logger.debug({ error: wordsOf(error) }, 'a supervisor does not listen');
    }
  };
  const say: Mouth['say'] = (commands) => {
    const numbers = commands.map(() => {
      number += 1;
      return number;
    });
    const first = number - commands.length + 1;
    const text = commands.map((command, index) => encodeCommand(first + index, command)).join('');
    return { numbers, written: write(text) };
  };
  const acknowledgeLatest = async (): Promise<void> => {
    while (latest !== null) {
      const acknowledge = latest;
      latest = null;
      await say([{ acknowledge }]).written;
    }
    // In the same step as the last look: the next acknowledgement starts anew.
    acknowledging = null;
  };
  const acknowledgeNow = (): void => {
    waiting?.();
    waiting = null;
    owedBytes = 0;
    if (latest !== null) acknowledging ??= acknowledgeLatest();
  };
  return {
    say,
    acknowledge(stored, bytes) {
      latest = stored;
      owedBytes += bytes;
      if (owedBytes >= acknowledgeBytes) acknowledgeNow();
      else waiting ??= clock.after(acknowledgeAfterMs, acknowledgeNow);
    },
    async lastWord() {
      acknowledgeNow();
      const bound = new AbortController();
      await Promise.race([acknowledging, pause(clock, lastWordMs, bound.signal)]);
      bound.abort();
    },
    spokeAt: () => spokeAt,
    brokenForMs: () => (brokenSince === null ? 0 : clock.monotonic() - brokenSince),
  };
}
