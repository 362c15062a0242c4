// Parts of a real cluster are killed while scripts run: the lines break off, the script goes on, and what it said meanwhile is heard
// afterwards, without a gap and without a repeat.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type Frame, type Monitor, monitorOf, outcomeOf } from '#tests/adapters/local/monitor.ts';
import { startKubernetes, type TestCluster } from '#tests/engines/servers/kubernetes.ts';
import { until, untilGiven } from '#tests/support/until.ts';
import { type ClusterPods, openClusterPods, quietly, spec } from './cluster-pods.ts';

const rounds = Number(process.env.CLUSTER_KILLS ?? '3');
const lines = 80;
const script = `import time\nfor number in range(${lines}):\n    print(number, flush=True)\n    time.sleep(0.05)`;
const wanted = Array.from({ length: lines }, (_, number) => `${number}\n`).join('');

let server: TestCluster;
let cluster: ClusterPods;
beforeAll(async () => {
  server = await startKubernetes();
  cluster = await openClusterPods({ cluster: { kubeconfig: server.kubeconfig, context: '' } });
  await cluster.prove();
}, 3_600_000);
afterAll(async () => {
  await cluster?.stop();
  await server?.stop();
}, 60_000);

/** A cluster whose API server came back may take its time until it starts pods again. */
const recoversWithinMs = 120_000;

/** Until the pod can be heard again. */
const attached = (uid: string): Promise<Monitor> =>
  untilGiven(
    'the pod is heard again',
    async () => {
      try {
        return monitorOf(quietly(await cluster.pods.attach(uid)));
      } catch (error) {
        if (error instanceof Error && 'kind' in error && error.kind === 'unavailable') return null;
        throw error;
      }
    },
    { withinMs: recoversWithinMs },
  );

/** Everything up to the end of the lines, acknowledged as it comes. */
async function heardFrom(monitor: Monitor): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let said = await monitor.next(); said !== null; said = await monitor.next()) {
    if ('received' in said) continue;
    frames.push(said);
    // Nobody may be there any more to hear it.
    await Promise.allSettled([monitor.say({ acknowledge: said.number })]);
  }
  return frames;
}

describe.each(['kube-apiserver', 'kubelet', 'containerd'] as const)('%s', (name) => {
  test(
    `is killed ${rounds} times in the middle of runs, and each is heard whole`,
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const { uid } = await cluster.pods.create(`${name}-${round}`, `${name}-${round}:1`, spec);
        const first = await attached(uid);
        await first.begin({ script });
        await first.until((frame) => frame.channel === 'stdout');
        const part = server.part(name);
        await part.kill();
        // It goes on for as long as somebody who was there still carries the lines.
        const rest = heardFrom(first);
        await part.restart();
        const again = await attached(uid);
        const heard = [...first.heard, ...(await rest)];
        // One that has ended meanwhile hears nothing, and its log says everything.
        await Promise.allSettled([again.say({ resend: heard.length })]);
        const whole = outcomeOf([...heard, ...(await heardFrom(again))]);
        expect(whole.stdout.toString()).toBe(wanted);
        expect(whole.exit).toMatchObject({ cause: 'exited', exit_code: 0 });
        await cluster.remove(uid);
      }
    },
    rounds * 2 * recoversWithinMs,
  );
});

test(
  'an API server that stands still hangs nobody, and is spoken to again when it goes on',
  async () => {
    const { uid } = await cluster.pods.create('still', 'still:1', spec);
    const monitor = await attached(uid);
    const part = server.part('kube-apiserver');
    part.pause();
    const refused = async (): Promise<boolean> => {
      const failure = await cluster.pods.get(uid).catch((error: unknown) => error);
      return failure instanceof Error && 'kind' in failure && failure.kind === 'unavailable';
    };
    try {
      expect(await refused()).toBe(true);
      // From then on nobody waits for it.
      await until(async () => (await refused()) && !cluster.isUp(), 60_000);
    } finally {
      part.resume();
    }
    await until(async () => !(await refused()), 60_000);
    await monitor.begin({ script: 'print("still here")' });
    const heard = outcomeOf(await heardFrom(monitor));
    if (heard.exit === null) {
      // The line did not survive it; the next one does.
      const again = await attached(uid);
      await again.begin({ script: 'print("still here")' });
      expect(outcomeOf(await heardFrom(again)).stdout.toString()).toBe('still here\n');
    } else expect(heard.stdout.toString()).toBe('still here\n');
    await cluster.remove(uid);
  },
  3 * recoversWithinMs,
);
