// How far a group has acknowledged its topics, saved now and then: what is not saved yet is only delivered again.
import type { BusPorts } from './bus-ports.ts';
import type { Topic } from './bus-queues.ts';
import { saveOffset } from './bus-store.ts';

export interface Progress {
  /** Something of this topic was acknowledged. */
  moved(topic: Topic): void;
  flush(): Promise<void>;
  /** From now on only `flush` saves. */
  stop(): void;
}

const flushMs = 50;

export function busProgress(group: string, { writer, clock, logger }: BusPorts): Progress {
  const unsaved = new Set<Topic>();
  let planned = false;
  let stopped = false;

  async function flush(): Promise<void> {
    const saving = [...unsaved].map((topic) => ({ topic: topic.name, through: acknowledgedThrough(topic) }));
    unsaved.clear();
    if (saving.length === 0) return;
    await writer.note((write) => {
      for (const { topic, through } of saving) saveOffset(write, group, topic, through);
    });
  }

  function flushPlanned(): void {
    planned = false;
    if (stopped) return;
    flush().catch((error) => logger.warn({ group, error }, 'progress of the bus could not be saved'));
  }

  return {
    moved(topic) {
      unsaved.add(topic);
      if (planned || stopped) return;
      planned = true;
      clock.after(flushMs, flushPlanned);
    },
    flush,
    stop() {
      stopped = true;
    },
  };
}

/** Just below the oldest message that is loaded and not acknowledged; messages are loaded in order. */
function acknowledgedThrough(topic: Topic): number {
  for (const oldest of topic.pending) return oldest - 1;
  return topic.cursor;
}
