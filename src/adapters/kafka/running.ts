// Keeps the driver's consumer running: started again whenever it fails or gives up by itself.
import type { Consumer, EachBatchHandler } from 'kafkajs';
import type { Cancel, Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';

export interface Running {
  /** Resolves when it is a member of its group for the first time. */
  firstJoin: Promise<void>;
  stop(): Promise<void>;
}

interface RunSettings {
  consumer: Consumer;
  topics: readonly string[];
  clock: Clock;
  logger: Logger;
  eachBatch: EachBatchHandler;
  /** @param assigned partitions by topic */
  joined(assigned: Record<string, number[]>): void;
}

const againMs = 1_000;

export function keepRunning({ consumer, topics, clock, logger, eachBatch, joined }: RunSettings): Running {
  let stopped = false;
  let cancel: Cancel = () => undefined;
  let starting: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    await consumer.connect();
    // A new group begins with the oldest event that is kept.
    if (!stopped) await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    if (!stopped) await consumer.run({ autoCommit: false, eachBatch });
  }

  function start(): void {
    if (stopped) return;
    starting = run().catch((error: unknown) => {
      logger.warn({ error }, 'a consumer could not start');
      startAgain();
    });
  }

  function startAgain(): void {
    cancel();
    if (!stopped) cancel = clock.after(againMs, start);
  }

  const firstJoin = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      joined(payload.memberAssignment);
      resolve();
    });
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (payload.restart || stopped) return;
    logger.error({ error: payload.error }, 'a consumer ended and is started again');
    startAgain();
  });
  start();
  return {
    firstJoin,
    async stop() {
      stopped = true;
      cancel();
      await starting;
      await consumer.disconnect();
    },
  };
}
