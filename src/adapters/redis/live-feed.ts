// Hints between processes, over the server's channels. Each process hears only the channels that somebody in it waits for. What
// may have been missed (while a subscription was on its way, or the server away) wakes everybody once.
import { randomUUID } from 'node:crypto';
import type { LiveFeed } from '#src/ports/live-feed.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { Connection } from './connection.ts';

interface Feed {
  /** For publishing. */
  commands: Connection;
  /** For nothing but listening. */
  subscriptions: Connection;
  prefix: string;
  logger: Logger;
}

/** More channels than this are not told in one turn of the event loop, nor while so many are on their way. */
const hintsMax = 10_000;
const channelsOfOneCommand = 500;

export function redisLiveFeed({ commands, subscriptions, prefix, logger }: Feed): LiveFeed {
  const channels = new Map<string, Set<{ wake: () => void }>>();
  const self = randomUUID();
  const channelsPrefix = `${prefix}hint:`;
  const waiting = new Set<string>();
  let onTheirWay = 0;
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

  function publish(): void {
    const told = [...waiting];
    waiting.clear();
    if (!commands.isUp()) return;
    onTheirWay += told.length;
    const published = told.map((channel) =>
      commands.ask((redis) => redis.publish(channelsPrefix + channel, self)),
    );
    // A hint that fails is a lost hint.
    void Promise.allSettled(published).then(() => {
      onTheirWay -= told.length;
    });
  }

  /** A failure ends the connection, and its return brings everything here again. */
  async function listen(names: readonly string[]): Promise<void> {
    if (!subscriptions.isUp()) return;
    const [heard] = await Promise.allSettled([
      subscriptions.ask((redis) => redis.subscribe(...names.map((name) => channelsPrefix + name))),
    ]);
    if (heard.status === 'fulfilled') for (const name of names) wakeAll(name);
  }

  function leave(channel: string): void {
    channels.delete(channel);
    if (!subscriptions.isUp()) return;
    void Promise.allSettled([subscriptions.ask((redis) => redis.unsubscribe(channelsPrefix + channel))]);
  }

  subscriptions.redis.on('message', (channel, sender) => {
    // Our own hints have woken our own readers already.
    if (sender !== self) wakeAll(channel.slice(channelsPrefix.length));
  });
  subscriptions.onReturn(() => {
    const names = [...channels.keys()];
    for (let from = 0; from < names.length; from += channelsOfOneCommand) {
      void listen(names.slice(from, from + channelsOfOneCommand));
    }
  });

  return {
    hint(channel) {
      if (channels.has(channel)) queueMicrotask(() => wakeAll(channel));
      if (waiting.size + onTheirWay >= hintsMax) return;
      if (waiting.size === 0) setImmediate(publish);
      waiting.add(channel);
    },
    subscribe(channel, wake) {
      const reader = { wake };
      const readers = channels.get(channel) ?? new Set();
      channels.set(channel, readers.add(reader));
      count += 1;
      if (readers.size === 1) void listen([channel]);
      return () => {
        if (!readers.delete(reader)) return;
        count -= 1;
        if (readers.size === 0 && channels.get(channel) === readers) leave(channel);
      };
    },
    subscribers: () => count,
  };
}
