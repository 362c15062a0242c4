// The whole corpus against the compiled binary: three times one after another, once crowded, and once in every other version
// of Python that is offered.
//   bun tests/corpus/against-binary.ts [--only id,id] [--rounds 3] [--python 3.11]
import { parseArgs } from 'node:util';
import { newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient, type Client } from '#tests/support/client.ts';
import { type Case, corpus, fits } from './cases.ts';
import { play } from './play.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    python: { type: 'string' },
    crowded: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const only = values.only?.split(',');
const cases = corpus.filter(({ id }) => only === undefined || only.includes(id));
const tally = { passed: 0, failed: 0 };

const dataDir = await newDataDir();
// Interpreters are also looked for in the home of whoever runs this.
const binary = await startBinary({ dataDir, environment: { HOME: process.env.HOME ?? dataDir } });
try {
  const client = await adminClient(binary);
  const offered = await offeredVersions(client);
  const version = values.python ?? usualVersion(offered);
  for (let number = 1; number <= Number(values.rounds); number += 1) {
    await round(`round ${number}`, client, version, 1, 1);
  }
  if (values.crowded) await round('eight at a time', client, version, 8, 4);
  const others = values.python === undefined ? offered.filter((other) => other !== version) : [];
  for (const other of others) await round('four at a time', client, other, 4, 4);
} finally {
  await binary.stop();
  await removeDataDir(dataDir);
}
process.stdout.write(`${tally.passed} passed, ${tally.failed} failed, 0 skipped\n`);
process.exit(tally.failed === 0 ? 0 : 1);

async function offeredVersions(client: Client): Promise<string[]> {
  const limits = (await (await client.get('/k8s-limits')).json()) as {
    supported_runtimes: Record<string, { versions: string[] }>;
  };
  return limits.supported_runtimes.python?.versions ?? [];
}

function usualVersion(offered: readonly string[]): string {
  const version = offered.includes('3.11') ? '3.11' : offered.at(-1);
  if (version === undefined) throw new Error('the server offers no Python');
  return version;
}

async function round(
  name: string,
  client: Client,
  version: string,
  parallel: number,
  slow: number,
): Promise<void> {
  const fitting = cases.filter((example) => fits(example, version));
  const queue = [...fitting];
  const failures: string[] = [];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const problems = await playOrTell(client, version, next, slow);
      if (problems.length === 0) tally.passed += 1;
      else failures.push(`FAIL ${next.id} (${next.why})\n     ${problems.join('\n     ')}`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  tally.failed += failures.length;
  process.stdout.write(
    `${name}, Python ${version}: ${fitting.length - failures.length} of ${fitting.length}\n`,
  );
  for (const failure of failures) process.stdout.write(`${failure}\n`);
}

async function playOrTell(client: Client, version: string, example: Case, slow: number): Promise<string[]> {
  try {
    return await play(client, version, example, slow);
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}
