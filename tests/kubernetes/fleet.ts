// Pods that one process makes and another watches, two of each, on real servers: the corpus, and a worker and a monitor killed in
// the middle of runs. Needs KUBECONFIG and the three servers:
//   bun tests/engines/run.ts bun tests/kubernetes/fleet.ts [--only id,id] [--kills 3]
import { parseArgs } from 'node:util';
import { corpus } from '#tests/corpus/cases.ts';
import { Follower } from '#tests/corpus/follower.ts';
import { playRound } from '#tests/corpus/rounds.ts';
import { createDeployment, serversHere } from '#tests/engines/deployment.ts';
import { adminClient, type Client } from '#tests/support/client.ts';
import { image, kubeconfigHere, removeNamespace } from './cluster-pods.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, kills: { type: 'string', default: '3' } },
});
const only = values.only?.split(',');
const cases = corpus.filter(({ id }) => only === undefined || only.includes(id));
const version = '3.11';
const tally = { passed: 0, failed: 0 };

const lines = 60;
const script = `import time\nfor number in range(${lines}):\n    print(number, flush=True)\n    time.sleep(0.05)`;
const wanted = Array.from({ length: lines }, (_, number) => `${number}\n`).join('');

const kubeconfig = kubeconfigHere();
const namespace = `greenroom-fleet-${crypto.randomUUID().slice(0, 8)}`;
const fleet = await createDeployment({
  servers: serversHere(),
  seats: {
    api: 'api',
    back: 'saga-orchestrator,result-processor,dlq-processor,event-replay',
    'worker-1': 'k8s-worker',
    'worker-2': 'k8s-worker',
    'monitor-1': 'pod-monitor',
    'monitor-2': 'pod-monitor',
  },
  environment: {
    KUBECONFIG: kubeconfig,
    GREENROOM_RUNTIME_KIND: 'kubernetes',
    GREENROOM_KUBERNETES_NAMESPACE: namespace,
    GREENROOM_KUBERNETES_IMAGES: `python ${version}=${image}`,
  },
});

/** What is wrong with the end of a run whose script counts. */
async function problemOf(client: Client, id: string): Promise<string | null> {
  const follower = new Follower(client, id);
  if (!(await follower.until(() => follower.end, 120_000))) return `${id} did not end`;
  const view = (await (await client.get(`/executions/${id}`)).json()) as { status: string };
  if (view.status !== 'completed') return `${id} is ${JSON.stringify(view)}`;
  return follower.bytes('stdout').toString() === wanted ? null : `${id} has other output`;
}

async function killed(client: Client, name: string): Promise<string[]> {
  const ids = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const answer = await client.post('/execute', { script, lang: 'python', lang_version: version });
      return ((await answer.json()) as { execution_id: string }).execution_id;
    }),
  );
  const first = new Follower(client, ids[0] ?? '');
  await first.until(() => first.bytes('stdout').length > 0, 60_000);
  await fleet.kill(name);
  const problems = await Promise.all(ids.map((id) => problemOf(client, id)));
  await fleet.start(name);
  return problems.filter((problem) => problem !== null);
}

try {
  await Promise.all(fleet.names.map(fleet.start));
  const client = await adminClient({ url: fleet.url('api'), setupToken: fleet.setupToken('api') });
  const played = await playRound(client, { name: 'a fleet', version, cases, parallel: 4, slow: 4 });
  tally.passed += played.passed;
  tally.failed += played.failed;
  for (let round = 0; round < Number(values.kills); round += 1) {
    for (const name of [`worker-${(round % 2) + 1}`, `monitor-${(round % 2) + 1}`]) {
      const problems = await killed(client, name);
      tally[problems.length === 0 ? 'passed' : 'failed'] += 1;
      process.stdout.write(
        `${name} killed: ${problems.length === 0 ? 'all runs whole' : problems.join('; ')}\n`,
      );
    }
  }
} finally {
  const problems = [...fleet.fallen(), ...(await fleet.close())];
  await removeNamespace(namespace, { kubeconfig, context: '' });
  tally.failed += problems.length;
  for (const words of problems) process.stdout.write(`FAIL ${words}\n`);
}
process.stdout.write(`${tally.passed} passed, ${tally.failed} failed, 0 skipped\n`);
process.exitCode = tally.failed === 0 ? 0 : 1;
