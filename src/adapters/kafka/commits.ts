// Tells the group's coordinator how far this member is: soon after messages are finished, many at a time, one request
// after the other. What could not be told is only delivered again.
import type { TopicPartitionOffset } from 'kafkajs';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { atMost } from './deadline.ts';
import type { Generation } from './generation.ts';

export interface Commits {
  /** Something of the current generation was finished. */
  moved(): void;
  /** Commits what can be, or gives it time; a failure is logged. */
  flush(): Promise<void>;
}

const soonMs = 50;
const againMs = 1_000;
const answerMs = 2_000;

interface CommitPorts {
  clock: Clock;
  logger: Logger;
  /** Null while this member has no part in its group. */
  current(): Generation | null;
}

export function groupCommits({ clock, logger, current }: CommitPorts): Commits {
  let planned = false;
  let sending: Promise<void> | null = null;

  function plan(delayMs: number): void {
    if (planned) return;
    planned = true;
    clock.after(delayMs, () => {
      planned = false;
      void flush();
    });
  }

  async function send(generation: Generation, offsets: readonly TopicPartitionOffset[]): Promise<void> {
    try {
      await generation.commit(offsets);
      generation.committed(offsets);
    } catch (error) {
      logger.debug({ error }, 'progress could not be committed');
      if (current() === generation) plan(againMs);
    }
  }

  /** Never two at once, also when one takes for ever: an older one that arrives later would undo a newer one. */
  function next(): Promise<void> {
    if (sending !== null) return sending.then(next);
    const generation = current();
    const offsets = generation?.uncommitted() ?? [];
    if (generation === null || offsets.length === 0) return Promise.resolve();
    sending = send(generation, offsets).finally(() => {
      sending = null;
    });
    return sending;
  }

  const flush = (): Promise<void> => atMost(clock, answerMs, next());

  return { moved: () => plan(soonMs), flush };
}
