// The whole corpus against a process for each role on real servers: alone, and eight at a time.
import { parseArgs } from 'node:util';
import { corpus } from '#tests/corpus/cases.ts';
import { offeredVersions, playRound, usualVersion } from '#tests/corpus/rounds.ts';
import { adminClient } from '#tests/support/client.ts';
import { createDeployment, oneForEachRole, serversHere } from './deployment.ts';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const only = values.only?.split(',');
const cases = corpus.filter(({ id }) => only === undefined || only.includes(id));
const tally = { passed: 0, failed: 0 };

const home = process.env.HOME;
const fleet = await createDeployment({
  servers: serversHere(),
  seats: oneForEachRole,
  ...(home !== undefined && { home }),
});
try {
  await Promise.all(fleet.names.map(fleet.start));
  const client = await adminClient({ url: fleet.url('api'), setupToken: fleet.setupToken('api') });
  const version = usualVersion(await offeredVersions(client));
  for (const [name, parallel] of [
    ['one after another', 1],
    ['eight at a time', 8],
  ] as const) {
    const played = await playRound(client, { name, version, cases, parallel, slow: 4 });
    tally.passed += played.passed;
    tally.failed += played.failed;
  }
} finally {
  const problems = [...fleet.fallen(), ...(await fleet.close())];
  tally.failed += problems.length;
  for (const words of problems) process.stdout.write(`FAIL ${words}\n`);
}
process.stdout.write(`${tally.passed} passed, ${tally.failed} failed, 0 skipped\n`);
process.exitCode = tally.failed === 0 ? 0 : 1;
