// The bus on Kafka keeps what its port promises, on a real broker.
import { Kafka, logLevel } from 'kafkajs';
import { kafkaBus } from '#src/adapters/kafka/bus.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import { testBus } from '#tests/contract/bus.contract.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { kafkaBrokers } from './kafka-brokers.ts';

const clock = systemClock();
const brokers = kafkaBrokers();
let opened = 0;

testBus('kafka', async () => {
  opened += 1;
  const prefix = `contract-${process.pid}-${opened}.`;
  const options = {
    brokers,
    prefix,
    partitions: 3,
    replication: 1,
    retentionMs: 86_400_000,
    clientId: 'contract',
    clock,
    logger: quietLogger(),
  };
  let bus = await kafkaBus(options);
  return {
    bus,
    clock,
    reopen: async () => {
      await bus.close();
      bus = await kafkaBus(options);
      return bus;
    },
    close: async () => {
      await bus.close();
      await removeTopics(prefix);
    },
  };
});

async function removeTopics(prefix: string): Promise<void> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
  await admin.deleteTopics({ topics });
  await admin.disconnect();
}
