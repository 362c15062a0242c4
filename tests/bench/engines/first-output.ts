// From asking for a run to the first of its output with a process for each role on the real servers, beside the driver of
// sandboxes alone, and beside one process on the embedded store.
import { openLaboratory } from '#tests/adapters/local/lab.ts';
import { createDeployment, oneForEachRole } from '#tests/engines/deployment.ts';
import { insistently } from '#tests/engines/insistent-client.ts';
import { newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient, type Client } from '#tests/support/client.ts';
import { untilGiven } from '#tests/support/until.ts';
import type { Bench } from '../bench.ts';
import { byDriver, overHttp, several } from '../first-output.ts';
import { share } from '../measured.ts';
import { fleetCosts } from './fleet-costs.ts';
import type { BenchServers } from './servers.ts';

const cold = 'the driver alone, cold';
const embedded = 'one process on the embedded store';

export const engineOutput = (servers: BenchServers): Bench => ({
  title: 'Submit to first output, warm, one at a time, a process for each role',
  figures: [
    { name: 'p50', unit: 'ms', reference: cold },
    { name: 'p50', unit: 'ms', reference: embedded },
    { name: 'p95', unit: 'ms', reference: cold },
    { name: 'p95', unit: 'ms', reference: embedded },
  ],
  async open({ smoke }) {
    const runs = smoke ? 2 : 30;
    const fleet = await createDeployment({ servers: servers.addresses, seats: oneForEachRole });
    await Promise.all(fleet.names.map(fleet.start));
    const client = await adminClient({ url: fleet.url('api'), setupToken: fleet.setupToken('api') });
    const dataDir = await newDataDir();
    const binary = await startBinary({ dataDir });
    const embeddedClient = await adminClient(binary);
    const laboratory = await openLaboratory();
    const ours = (): Promise<number> => overHttp(patient(client));
    await several(smoke ? 1 : 10, ours);
    await several(smoke ? 1 : 10, () => overHttp(embeddedClient));
    await several(1, () => byDriver(laboratory));
    return {
      async round() {
        const mine = await several(runs, ours);
        const theirs = [
          await several(smoke ? 1 : 10, () => byDriver(laboratory)),
          await several(runs, () => overHttp(embeddedClient)),
        ];
        return [0.5, 0.95].flatMap((part) =>
          theirs.map((reference) => ({ ours: share(mine, part), reference: share(reference, part) })),
        );
      },
      notes: () =>
        fleetCosts({
          fleet,
          servers,
          run: ours,
          ...(smoke ? { runs: 2, restMs: 200 } : { runs: 100, restMs: 16_000 }),
        }),
      async close() {
        await laboratory.close();
        await binary.stop();
        await removeDataDir(dataDir);
        const problems = await fleet.close();
        if (problems.length > 0) throw new Error(problems.join('\n'));
      },
    };
  },
});

/** Whom a busy store keeps waiting for too long asks again, and that counts. */
const patient = (client: Client): Client => ({
  ...insistently(client),
  post: (...asked) =>
    untilGiven('the run is accepted', async () => {
      const answer = await client.post(...asked);
      return answer.status === 503 ? null : answer;
    }),
});
