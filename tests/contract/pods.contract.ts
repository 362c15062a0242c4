// What every place that runs pods must show, whatever the lines of a pod mean.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';

import { DomainError } from '#src/domain/errors.ts';
import type { PodChange, PodSpec, PodStatus, Pods } from '#src/ports/pods.ts';
import { until } from '#tests/support/until.ts';

export interface PodsUnderTest {
  pods: Pods;
  /** Can run here. */
  spec: PodSpec;
  close(): Promise<void>;
}

const patienceMs = 30_000;

export function testPods(name: string, factory: () => Promise<PodsUnderTest>): void {
  describe(name, () => {
    let under: PodsUnderTest;
    let count = 0;
    beforeAll(async () => {
      under = await factory();
    }, patienceMs);
    afterAll(() => under.close(), patienceMs);

    const fresh = (): { name: string; key: string } => {
      count += 1;
      return { name: `contract-${count}`, key: `contract-execution-${count}:1` };
    };
    const create = (): Promise<PodStatus> => {
      const { name: podName, key } = fresh();
      return under.pods.create(podName, key, under.spec);
    };
    const remove = async (uid: string): Promise<void> => {
      await under.pods.delete(uid, { force: true, graceMs: 0 });
      await until(async () => (await under.pods.get(uid)) === null);
    };
    const warmOne = async (): Promise<string> => {
      await until(async () => (await under.pods.warm(under.spec)).length > 0);
      return (await under.pods.warm(under.spec))[0]?.uid ?? '';
    };

    test('runtimes are offered, versions of a language ascending', async () => {
      const runtimes = await under.pods.runtimes();
      expect(runtimes).toContainEqual(under.spec.runtime);
      const versions = runtimes.filter(({ language }) => language === under.spec.runtime.language);
      const ordered = versions.toSorted((a, b) =>
        a.version.localeCompare(b.version, 'en', { numeric: true }),
      );
      expect(versions).toEqual(ordered);
    });

    test('a pod that is made comes to run, and is found under its uid and its name', async () => {
      const { name: podName, key } = fresh();
      const made = await under.pods.create(podName, key, under.spec);
      expect(made).toMatchObject({ name: podName, key, runtime: under.spec.runtime, terminating: false });
      await until(async () => (await under.pods.get(made.uid))?.phase === 'running');
      expect(await under.pods.find(podName)).toMatchObject({ uid: made.uid, phase: 'running' });
      expect((await under.pods.list()).map(({ uid }) => uid)).toContain(made.uid);
      await remove(made.uid);
    });

    test('a name is made once, also when asked for twice at the same time', async () => {
      const { name: podName, key } = fresh();
      const [first, second] = await Promise.all([
        under.pods.create(podName, key, under.spec),
        under.pods.create(podName, key, under.spec),
      ]);
      expect(second.uid).toBe(first.uid);
      expect((await under.pods.create(podName, key, under.spec)).uid).toBe(first.uid);
      await remove(first.uid);
    });

    test('what can never start is refused as invalid', async () => {
      const { name: podName, key } = fresh();
      const spec = { ...under.spec, runtime: { language: 'cobol', version: '74' } };
      const failure = await caught(under.pods.create(podName, key, spec));
      expect(failure).toMatchObject({ kind: 'validation' });
      expect(await under.pods.find(podName)).toBeNull();
    });

    test('nothing is known of a pod that never was', async () => {
      expect(await under.pods.get('no-such-uid')).toBeNull();
      expect(await under.pods.find('no-such-name')).toBeNull();
      expect(await under.pods.claim('no-such-uid', 'execution:1', under.spec)).toBe('gone');
      expect(await caught(under.pods.attach('no-such-uid'))).toMatchObject({ kind: 'not_found' });
      await under.pods.delete('no-such-uid', { force: false, graceMs: 0 });
    });

    test('a deleted pod is proved gone, and deleting it again is done', async () => {
      const { uid } = await create();
      await under.pods.delete(uid, { force: false, graceMs: 0 });
      await until(async () => (await under.pods.get(uid)) === null);
      await under.pods.delete(uid, { force: true, graceMs: 0 });
      expect((await under.pods.list()).map((pod) => pod.uid)).not.toContain(uid);
    });

    test('of many who claim a warm pod at once one gets it, and its own claim may be repeated', async () => {
      const uid = await warmOne();
      const keys = ['a:1', 'b:1', 'c:1'];
      const outcomes = await Promise.all(keys.map((key) => under.pods.claim(uid, key, under.spec)));
      expect(outcomes.toSorted()).toEqual(['claimed', 'taken', 'taken']);
      const winner = keys[outcomes.indexOf('claimed')] ?? '';
      expect(await under.pods.claim(uid, winner, under.spec)).toBe('claimed');
      expect((await under.pods.get(uid))?.key).toBe(winner);
      expect((await under.pods.warm(under.spec)).map((pod) => pod.uid)).not.toContain(uid);
      await remove(uid);
      expect(await under.pods.claim(uid, winner, under.spec)).toBe('gone');
    });

    test('a warm pod that was deleted cannot be claimed', async () => {
      const uid = await warmOne();
      await under.pods.delete(uid, { force: true, graceMs: 0 });
      expect(await under.pods.claim(uid, 'late:1', under.spec)).toBe('gone');
    });

    test('a watcher is told of every pod once and then of each change until it is gone', async () => {
      const before = await create();
      const changes: PodChange[] = [];
      const leave = new AbortController();
      const watching = under.pods.watch((change) => changes.push(change), leave.signal);
      await until(() => changes.some(({ pod }) => pod.uid === before.uid));
      const after = await create();
      const of = (uid: string): PodChange[] => changes.filter(({ pod }) => pod.uid === uid);
      await until(() =>
        of(after.uid).some((change) => change.kind === 'seen' && change.pod.phase === 'running'),
      );
      await under.pods.delete(after.uid, { force: true, graceMs: 0 });
      await until(() => of(after.uid).at(-1)?.kind === 'gone');
      expect(of(after.uid).filter(({ kind }) => kind === 'gone')).toHaveLength(1);
      leave.abort();
      await watching;
      const heard = changes.length;
      await remove(before.uid);
      expect(changes.length).toBe(heard);
    });

    test('a second attachment takes the channel over from the first', async () => {
      const { uid } = await create();
      const first = await under.pods.attach(uid);
      const ended = ends(first.lines());
      const second = await under.pods.attach(uid);
      await ended;
      expect(await caught(first.write('\n'))).toBeInstanceOf(Error);
      await second.write('\n');
      await remove(uid);
    });

    test('the lines of a pod end with it, and nothing can be written to it any more', async () => {
      const { uid } = await create();
      const channel = await under.pods.attach(uid);
      const ended = ends(channel.lines());
      await under.pods.delete(uid, { force: true, graceMs: 0 });
      await ended;
      await until(async () => (await under.pods.get(uid)) === null);
      expect(await caught(channel.write('\n'))).toBeInstanceOf(DomainError);
    });
  });
}

async function ends(lines: AsyncIterable<string>): Promise<void> {
  for await (const _line of lines);
}

async function caught(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}
