// `npm run test:engines`: starts one server of each kind, runs everything that needs them, and leaves nothing behind.
//   bun tests/engines/run.ts [COMMAND …]   with a command: that one alone, with the servers' addresses in its environment
import { startKafka } from './servers/kafka.ts';
import { startMongoDb } from './servers/mongodb.ts';
import { startRedis } from './servers/redis.ts';
import type { TestServer } from './servers/server.ts';

const [program = process.execPath, ...words] =
  Bun.argv.length > 2 ? Bun.argv.slice(2) : [process.execPath, 'scripts/run-steps.ts', 'engines'];

const began = Bun.nanoseconds();
const starting = { MONGODB_URI: startMongoDb(), KAFKA_BROKERS: startKafka(), REDIS_URL: startRedis() };
const started = await Promise.allSettled(Object.values(starting));
const servers = started.flatMap((result): TestServer[] =>
  result.status === 'fulfilled' ? [result.value] : [],
);
const failures = started.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
try {
  process.exitCode = failures.length === 0 ? await run() : refuse();
} finally {
  await Promise.all(servers.map((server) => server.stop()));
}

async function run(): Promise<number> {
  const seconds = ((Bun.nanoseconds() - began) / 1e9).toFixed(1);
  process.stdout.write(`servers started (${seconds} s)\n`);
  const addresses = Object.keys(starting).map((name, index) => [name, servers[index]?.url]);
  const child = Bun.spawn([program, ...words], {
    env: { ...process.env, ...Object.fromEntries(addresses) },
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  });
  return child.exited;
}

/** Without a server nothing is skipped. */
function refuse(): number {
  for (const words of failures) process.stdout.write(`a server did not start: ${words}\n`);
  process.stdout.write('0 passed, 1 failed, 0 skipped\n');
  return 1;
}
