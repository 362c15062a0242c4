// The server dies while scripts run in pods: they go on without it, and the next one hears all of it.
import { expect, test } from 'bun:test';
import { Follower } from '#tests/corpus/follower.ts';
import { newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient } from '#tests/support/client.ts';
import { image, kubeconfigHere, removeNamespace } from './cluster-pods.ts';

const rounds = Number(process.env.CLUSTER_KILLS ?? '3');
const lines = 60;
const script = `import time\nfor number in range(${lines}):\n    print(number, flush=True)\n    time.sleep(0.05)`;
const wanted = Array.from({ length: lines }, (_, number) => `${number}\n`).join('');

test(
  `runs outlive ${rounds} servers that are killed, each with its whole output and one end`,
  async () => {
    const namespace = `greenroom-kill-${crypto.randomUUID().slice(0, 8)}`;
    const kubeconfig = kubeconfigHere();
    const dataDir = await newDataDir();
    const environment = {
      KUBECONFIG: kubeconfig,
      GREENROOM_RUNTIME_KIND: 'kubernetes',
      GREENROOM_KUBERNETES_NAMESPACE: namespace,
      GREENROOM_KUBERNETES_IMAGES: `python 3.11=${image}`,
    };
    let binary = await startBinary({ dataDir, environment });
    try {
      let client = await adminClient(binary);
      for (let round = 0; round < rounds; round += 1) {
        const started = await Promise.all(
          Array.from({ length: 3 }, async () => {
            const answer = await client.post('/execute', { script, lang: 'python', lang_version: '3.11' });
            expect(answer.status).toBe(200);
            return ((await answer.json()) as { execution_id: string }).execution_id;
          }),
        );
        const [first = ''] = started;
        const watching = new Follower(client, first);
        expect(await watching.until(() => watching.bytes('stdout').length > 0, 30_000)).toBe(true);
        await binary.stop('SIGKILL');
        binary = await startBinary({ dataDir, environment });
        client = await adminClient(binary);
        for (const id of started) {
          const follower = new Follower(client, id);
          expect(await follower.until(() => follower.end, 60_000)).toBe(true);
          const view = (await (await client.get(`/executions/${id}`)).json()) as Record<string, unknown>;
          expect(view).toMatchObject({ status: 'completed', exit_code: 0 });
          expect(follower.bytes('stdout').toString()).toBe(wanted);
        }
      }
    } finally {
      await binary.stop();
      await removeNamespace(namespace, { kubeconfig, context: '' });
      await removeDataDir(dataDir);
    }
  },
  rounds * 120_000,
);
