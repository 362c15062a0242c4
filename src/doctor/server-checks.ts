// MongoDB, Kafka and Redis as a start would meet them: each is asked, at the same time, and none for ever.
import { examineKafka } from '#src/adapters/kafka/examination.ts';
import { examineMongo } from '#src/adapters/mongo/examination.ts';
import { examineRedis } from '#src/adapters/redis/examination.ts';
import { busOptions, hintsOptions, type Place, storeOptions } from '#src/adapters/server-options.ts';
import type { Config } from '#src/config/options.ts';
import { type Check, failed, wrong } from './check.ts';
import { kafkaVerdict, mongoVerdict, redisVerdict } from './server-verdicts.ts';

/** More than any of them takes by itself. */
const answerWithinMs = 20_000;

export function checkServers(config: Config, place: Place): Promise<Check[]> {
  const looks: readonly [string, () => Promise<Check>][] = [
    ['mongodb', async () => mongoVerdict(await examineMongo(storeOptions(config, place)))],
    ['kafka', () => lookAtKafka(config, place)],
    ['redis', async () => redisVerdict(await examineRedis(await hintsOptions(config, place)))],
  ];
  return Promise.all(looks.map(([name, look]) => inTime(name, look, place)));
}

async function lookAtKafka(config: Config, place: Place): Promise<Check> {
  const options = await busOptions(config, place);
  return kafkaVerdict(await examineKafka(options), options);
}

async function inTime(name: string, look: () => Promise<Check>, { clock }: Place): Promise<Check> {
  const late = Promise.withResolvers<Check>();
  const silent = wrong(name, `no answer within ${answerWithinMs / 1_000} s: look whether it runs`);
  const cancel = clock.after(answerWithinMs, () => late.resolve(silent));
  const checked = look().catch((error: unknown) => failed(name, error));
  return Promise.race([checked, late.promise]).finally(cancel);
}
