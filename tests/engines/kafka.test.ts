// The bus on Kafka keeps what its port promises, on a real broker.
import type { KafkaBus } from '#src/adapters/kafka/bus.ts';
import { testBus } from '#tests/contract/bus.contract.ts';
import { until } from '#tests/support/until.ts';
import { clock, kafkaBrokers, kafkaWorld } from './kafka-world.ts';

testBus('kafka', async () => {
  const world = kafkaWorld(kafkaBrokers());
  let bus: KafkaBus = await world.open();
  return {
    bus,
    clock,
    // A group that is rearranged, and a broker that makes topics, take their time on a machine under load.
    settle: (condition) => until(condition, 20_000),
    reopen: async () => {
      await bus.close();
      bus = await world.open();
      return bus;
    },
    close: world.close,
  };
});
