// Hints within one process. They carry nothing, wake after the caller's own turn, and are nobody's only news.
import type { LiveFeed } from '#src/ports/live-feed.ts';
import type { Logger } from '#src/ports/logger.ts';

export function embeddedLiveFeed(logger: Logger): LiveFeed {
  const channels = new Map<string, Set<{ wake: () => void }>>();
  let count = 0;

  function wakeAll(channel: string): void {
    for (const reader of channels.get(channel) ?? []) {
      try {
        reader.wake();
      } catch (error) {
        logger.error({ channel, error }, 'a reader failed when it was woken');
      }
    }
  }

  return {
    hint(channel) {
      if (channels.has(channel)) queueMicrotask(() => wakeAll(channel));
    },
    subscribe(channel, wake) {
      const reader = { wake };
      const readers = channels.get(channel) ?? new Set();
      channels.set(channel, readers.add(reader));
      count += 1;
      return () => {
        if (!readers.delete(reader)) return;
        count -= 1;
        if (readers.size === 0 && channels.get(channel) === readers) channels.delete(channel);
      };
    },
    subscribers: () => count,
  };
}
