// A process of its own that is one member of a group: prints the id of each event that it has handled. To be killed.
//   bun tests/engines/kafka-member.ts PREFIX GROUP
import { kafkaBus } from '#src/adapters/kafka/bus.ts';
import { sampleTopics } from '#tests/contract/sample-event.ts';
import { kafkaBrokers, kafkaOptions } from './kafka-world.ts';

const [prefix = '', group = ''] = Bun.argv.slice(2);
const bus = await kafkaBus(kafkaOptions(kafkaBrokers(), prefix));
await bus.subscribe({
  group,
  topics: sampleTopics,
  handle: async ({ id }) => void process.stdout.write(`${id}\n`),
});
