// The Pods port on a real node.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { monitorOf } from '#tests/adapters/local/monitor.ts';
import { testPods } from '#tests/contract/pods.contract.ts';
import { until } from '#tests/support/until.ts';
import { type ClusterPods, openClusterPods, quietly, runtime, spec } from './cluster-pods.ts';

testPods('pods of a real cluster', async () => {
  const cluster = await openClusterPods({ warm: { target: 2, surge: 1 } });
  await cluster.prove();
  cluster.warm();
  return { pods: cluster.pods, spec, close: cluster.close };
});

describe('a real cluster', () => {
  let cluster: ClusterPods;
  beforeAll(async () => {
    cluster = await openClusterPods();
  });
  afterAll(() => cluster.close());
  /** Another process of the same installation. */
  const another = (options: Parameters<typeof openClusterPods>[0] = {}): Promise<ClusterPods> =>
    openClusterPods({
      namespace: cluster.namespace,
      template: { installation: cluster.installation },
      ...options,
    });

  test('is proved to be shut before the first script', async () => {
    const proof = await cluster.prove();
    expect(proof.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(proof.checks.map(({ name }) => name)).toContain('own_users');
    expect(proof.node).not.toBeNull();
    expect((await cluster.pods.list()).filter(({ terminating }) => !terminating)).toEqual([]);
  }, 60_000);

  test('runs a script and tells its end, its usage and its files', async () => {
    const { uid } = await cluster.pods.create('whole', 'whole:1', spec);
    const monitor = monitorOf(quietly(await cluster.pods.attach(uid)));
    await monitor.begin({
      script:
        'import sys; print(input()); print("no", file=sys.stderr); open("out.txt", "w").write("kept"); sys.exit(3)',
      stdin: 'open',
    });
    await monitor.until((frame) => frame.channel === 'started');
    await monitor.input(1, 'hello\n', true);
    const outcome = await monitor.finish();
    expect(outcome.stdout.toString()).toBe('hello\n');
    expect(outcome.stderr.toString()).toBe('no\n');
    expect(outcome.exit).toMatchObject({ cause: 'exited', exit_code: 3 });
    await until(async () => (await cluster.pods.get(uid))?.phase === 'ended');
    expect(await cluster.pods.get(uid)).toMatchObject({ reason: 'Completed', key: 'whole:1' });
    await cluster.remove(uid);
  }, 60_000);

  test('gives the lines of a pod that has ended from its log', async () => {
    const { uid } = await cluster.pods.create('log', 'log:1', spec);
    const monitor = monitorOf(quietly(await cluster.pods.attach(uid)));
    await monitor.begin({ script: 'print("once")' });
    await monitor.until((frame) => frame.channel === 'exit');
    await until(async () => (await cluster.pods.get(uid))?.phase === 'ended');
    const again = monitorOf(quietly(await cluster.pods.attach(uid)));
    const outcome = await again.finish({ acknowledge: false });
    expect(outcome.stdout.toString()).toBe('once\n');
    expect(outcome.exit).toMatchObject({ cause: 'exited' });
    await cluster.remove(uid);
  }, 60_000);

  test('says in its own words why a pod does not start', async () => {
    const broken = await openClusterPods({
      namespace: cluster.namespace,
      images: [{ runtime, image: 'localhost/there-is-none:1' }],
      template: { imagePullPolicy: 'Never' },
    });
    const { uid } = await broken.pods.create('no-image', 'no-image:1', spec);
    await until(async () => (await broken.pods.get(uid))?.reason === 'ErrImageNeverPull');
    await broken.remove(uid);
    const nowhere = await openClusterPods({
      namespace: cluster.namespace,
      template: { nodeSelector: { there: 'is-none' } },
    });
    const { uid: waiting } = await nowhere.pods.create('nowhere', 'nowhere:1', spec);
    await until(async () => (await nowhere.pods.get(waiting))?.reason === 'Unschedulable');
    expect((await nowhere.pods.get(waiting))?.message).toContain('0/1 nodes are available');
    await nowhere.remove(waiting);
    await Promise.all([broken.stop(), nowhere.stop()]);
  }, 60_000);

  test('makes one pod of two that are asked for by two processes, time after time', async () => {
    const rounds = 50;
    const other = await another();
    for (let round = 0; round < rounds; round += 10) {
      const pods = await Promise.all(
        Array.from({ length: 10 }, async (_, index) => {
          const name = `both-${round + index}`;
          const [mine, theirs] = await Promise.all([
            cluster.pods.create(name, `${name}:1`, spec),
            other.pods.create(name, `${name}:1`, spec),
          ]);
          expect(theirs.uid).toBe(mine.uid);
          return mine;
        }),
      );
      await Promise.all(pods.map(({ uid }) => cluster.remove(uid)));
    }
    await other.stop();
  }, 300_000);

  test('gives a warm pod to one of two processes', async () => {
    const keeper = await another({ warm: { target: 3, surge: 0 } });
    keeper.warm();
    const other = await another();
    for (let round = 0; round < 5; round += 1) {
      await until(async () => (await keeper.pods.warm(spec)).length > 0);
      const [warm] = await keeper.pods.warm(spec);
      const uid = warm?.uid ?? '';
      const outcomes = await Promise.all([
        keeper.pods.claim(uid, `mine-${round}:1`, spec),
        other.pods.claim(uid, `theirs-${round}:1`, spec),
      ]);
      expect(outcomes.toSorted()).toEqual(['claimed', 'taken']);
      await cluster.remove(uid);
    }
    await keeper.stop();
    for (const { uid, key } of await keeper.pods.list()) if (key === null) await keeper.remove(uid);
    await other.stop();
  }, 120_000);

  test('makes no row of pods of an image that is not there', async () => {
    const keeper = await another({
      images: [{ runtime, image: 'localhost/there-is-none:1' }],
      template: { imagePullPolicy: 'Never', installation: 'broken' },
      warm: { target: 2, surge: 1 },
    });
    keeper.warm();
    const made = () => keeper.pods.list();
    await until(
      async () => (await made()).filter(({ reason }) => reason === 'ErrImageNeverPull').length >= 2,
      60_000,
    );
    // A pod of its own comes and goes; each change of it is a look of the pool.
    const { uid } = await keeper.pods.create('own', 'own:1', spec);
    await until(async () => (await keeper.pods.get(uid))?.reason === 'ErrImageNeverPull');
    await keeper.remove(uid);
    expect(await keeper.pods.warm(spec)).toEqual([]);
    expect((await made()).length).toBeLessThanOrEqual(3);
    await keeper.stop();
    for (const pod of await made()) await cluster.remove(pod.uid);
  }, 120_000);
});
