// The whole corpus against the compiled binary: three times one after another, once crowded, and once in every other version
// of Python that is offered.
//   bun tests/corpus/against-binary.ts [--only id,id] [--rounds 3] [--python 3.11]
import { parseArgs } from 'node:util';
import { newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient } from '#tests/support/client.ts';
import { corpus } from './cases.ts';
import { offeredVersions, playRound, usualVersion } from './rounds.ts';

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
  const usual = values.python ?? usualVersion(offered);
  const round = async (name: string, version: string, parallel: number, slow: number): Promise<void> => {
    const { passed, failed } = await playRound(client, { name, version, cases, parallel, slow });
    tally.passed += passed;
    tally.failed += failed;
  };
  for (let number = 1; number <= Number(values.rounds); number += 1)
    await round(`round ${number}`, usual, 1, 1);
  if (values.crowded) await round('eight at a time', usual, 8, 4);
  const others = values.python === undefined ? offered.filter((other) => other !== usual) : [];
  for (const other of others) await round('four at a time', other, 4, 4);
} finally {
  await binary.stop();
  await removeDataDir(dataDir);
}
process.stdout.write(`${tally.passed} passed, ${tally.failed} failed, 0 skipped\n`);
process.exitCode = tally.failed === 0 ? 0 : 1;
