import { describe, expect, test } from 'bun:test';
import { burying, deleting } from '#actors/k8s-worker/bury.ts';
import { janitor } from '#actors/k8s-worker/janitor.ts';
import { placing } from '#actors/k8s-worker/place.ts';
import { podNameOf } from '#actors/k8s-worker/pod-name.ts';
import { resuming } from '#actors/k8s-worker/resume.ts';
import { k8sWorker } from '#actors/k8s-worker/role.ts';
import { workshopOf } from '#actors/k8s-worker/workshop.ts';
import { DomainError, isUnavailable } from '#src/domain/errors.ts';
import type { EventOf } from '#src/domain/events.ts';
import { settings } from './settings.ts';
import { puppet, running, type Stage, stage } from './stage.ts';

function worker(on: Stage, process = settings.process) {
  const workshop = workshopOf(on.ports, { ...settings, process });
  const create = placing(workshop);
  const remove = deleting(workshop);
  return {
    workshop,
    create: (execution: string) =>
      create({ payload: { execution_id: execution, attempt: 1 } } as EventOf<'create_pod_command'>),
    remove: (execution: string, force = false) =>
      remove({
        payload: { execution_id: execution, attempt: 1, force, grace_ms: 500 },
      } as EventOf<'delete_pod_command'>),
  };
}

async function set() {
  const on = stage();
  await on.accept('run');
  return { on, clock: on.world.clock, ...worker(on) };
}

describe('an attempt gets its pod', () => {
  test('a warm one, claimed after the placement was written', async () => {
    const { on, create } = await set();
    const warm = on.pods.add({ name: 'warm-1' });
    let placedBefore: string | null | undefined;
    const { claim } = on.pods;
    on.pods.claim = async (...asked) => {
      placedBefore = (await on.placements.get('run', 1))?.podUid;
      return claim(...asked);
    };
    await create('run');
    expect(placedBefore).toBe(warm.status.uid);
    expect(warm.status.key).toBe('run:1');
    expect(await on.placements.get('run', 1)).toMatchObject({ podName: 'warm-1', confirmed: true });
    expect(on.last('pod_created')).toMatchObject({ pod_name: 'warm-1', warm: true });
  });

  test('a new one of its own name, whose uid is set once', async () => {
    const { on, create } = await set();
    await create('run');
    const [pod] = on.pods.all.values();
    expect(pod?.status).toMatchObject({ name: 'run-run-1', key: 'run:1' });
    expect(await on.placements.get('run', 1)).toMatchObject({ podUid: pod?.status.uid, confirmed: true });
    expect(on.last('pod_created')).toMatchObject({ pod_name: 'run-run-1', warm: false });
  });

  test('the same one when the command comes again', async () => {
    const { on, create } = await set();
    await create('run');
    await create('run');
    expect(on.pods.all.size).toBe(1);
    expect(new Set(on.world.published.map(({ id }) => id)).size).toBe(1);
  });

  test('two attempts never get one warm pod', async () => {
    const { on, create } = await set();
    await on.accept('other');
    on.pods.add({ name: 'warm-1' });
    const listed = await on.pods.warm({
      runtime: { language: 'python', version: '3.11' },
      limits: {} as never,
    });
    on.pods.warm = async () => listed;
    await Promise.all([create('run'), create('other')]);
    const uids = [await on.placements.get('run', 1), await on.placements.get('other', 1)].map(
      (p) => p?.podUid,
    );
    expect(new Set(uids).size).toBe(2);
    expect(on.types()).toEqual(['pod_created', 'pod_created']);
  });

  test('none once it was deleted', async () => {
    const { on, create, remove } = await set();
    await remove('run');
    await create('run');
    expect(on.pods.all.size).toBe(0);
    expect(on.types()).toEqual(['pod_deleted']);
  });

  test('a warm pod that went away first is a loss, and the placement is not moved', async () => {
    const { on, create } = await set();
    const warm = on.pods.add({ name: 'warm-1' });
    const listed = [{ name: 'warm-1', uid: warm.status.uid }];
    on.pods.warm = async () => listed;
    on.pods.vanish(warm.status.uid);
    await create('run');
    expect(on.types()).toEqual(['pod_lost']);
    expect(await on.placements.get('run', 1)).toMatchObject({ podName: 'warm-1' });
  });

  test('what can never start is told with the words of the cluster, what was refused is worth another try', async () => {
    const { on, create } = await set();
    on.pods.create = async () => {
      throw new DomainError('validation', 'no', { detail: 'no such image' });
    };
    await create('run');
    expect(on.last('pod_unstartable')).toMatchObject({ words: 'no such image', retryable: false });
    on.pods.create = async () => {
      throw new DomainError('forbidden', 'exceeded quota');
    };
    await create('run');
    expect(on.last('pod_unstartable')).toMatchObject({ words: 'exceeded quota', retryable: true });
  });

  test('a run whose input is missing cannot start', async () => {
    const { on, create } = await set();
    await create('unknown');
    expect(on.last('pod_unstartable')).toMatchObject({ execution_id: 'unknown', retryable: false });
  });

  test('a dependency that is away leaves the command to its repetition', async () => {
    const { on, create } = await set();
    on.away('documents.insert', 1);
    expect(await create('run').catch(isUnavailable)).toBe(true);
    await create('run');
    expect(on.types()).toEqual(['pod_created']);
  });
});

describe('a deleted attempt', () => {
  test('keeps its pod until its frames are stored, then loses it at once', async () => {
    const { on, create, remove, workshop, clock } = await set();
    on.pods.add({ name: 'warm-1' });
    await create('run');
    await remove('run');
    const loop = running(burying(workshop));
    await clock.advance(3_000);
    expect(on.pods.all.size).toBe(1);
    expect(await on.placements.get('run', 1)).toMatchObject({ state: 'deleted', graceMs: 500 });
    await on.placements.markDrained('run', 1);
    await clock.settle();
    expect(on.pods.all.size).toBe(0);
    expect(on.last('pod_deleted')).toMatchObject({ execution_id: 'run', pod_name: 'warm-1' });
    expect(await on.placements.get('run', 1)).toMatchObject({ state: 'gone', podName: null });
    await loop.stop();
  });

  test('loses its pod after half a minute, whatever was not stored', async () => {
    const { on, create, remove, workshop, clock } = await set();
    on.pods.add({ name: 'warm-1' });
    await create('run');
    await remove('run');
    const loop = running(burying(workshop));
    await clock.advance(29_000);
    expect(on.types()).not.toContain('pod_deleted');
    await clock.advance(2_000);
    expect(on.types()).toContain('pod_deleted');
    await loop.stop();
  });

  test('loses at once a pod that never ran', async () => {
    const { on, remove } = await set();
    puppet(on.pods, 'run', { uid: 'u', phase: 'pending' });
    await on.place('run', { podUid: 'u', confirmed: true });
    await remove('run');
    expect(on.pods.all.size).toBe(0);
    expect(on.types()).toEqual(['pod_deleted']);
  });

  test('keeps its last words also by force, which stays asked for once it was', async () => {
    const { on, remove } = await set();
    puppet(on.pods, 'run', { uid: 'u' });
    await on.place('run', { podUid: 'u', confirmed: true });
    await remove('run', true);
    await remove('run');
    expect(on.pods.all.size).toBe(1);
    expect((await on.placements.get('run', 1))?.force).toBe(true);
  });

  test('is said to be deleted only when no pod is left under its uid', async () => {
    const { on, remove, workshop, clock } = await set();
    puppet(on.pods, 'run', { uid: 'u' });
    await on.place('run', { podUid: 'u', confirmed: true, drained: true });
    on.pods.delete = async () => undefined;
    await remove('run');
    expect(on.types()).toEqual([]);
    const loop = running(burying(workshop));
    await clock.settle();
    on.pods.vanish('u');
    await clock.advance(1_500);
    expect(on.types()).toEqual(['pod_deleted']);
    await loop.stop();
  });

  test('does not take the pod of another attempt, though its placement names it', async () => {
    const { on, remove } = await set();
    const warm = on.pods.add({ name: 'warm-1', key: 'other:1' });
    await on.place('run', { podName: 'warm-1', podUid: warm.status.uid, drained: true });
    await remove('run');
    expect(on.pods.all.size).toBe(1);
    expect(on.types()).toEqual(['pod_deleted']);
  });

  test('that was proved gone is said to be so again', async () => {
    const { on, remove } = await set();
    await remove('run');
    await remove('run', true);
    expect(on.types()).toEqual(['pod_deleted', 'pod_deleted']);
  });

  test('frees its name and does not stop others when one pod cannot be reached', async () => {
    const { on, workshop, clock } = await set();
    for (const execution of ['a', 'b']) {
      puppet(on.pods, execution, { uid: `u-${execution}` });
      await on.place(execution, { podUid: `u-${execution}`, drained: true, state: 'deleted', deletedAt: 1 });
    }
    const { delete: remove } = on.pods;
    on.pods.delete = async (uid, options) => {
      if (uid === 'u-a') throw new DomainError('unavailable', 'away');
      return remove(uid, options);
    };
    const loop = running(burying(workshop));
    await clock.settle();
    expect((await on.placements.get('b', 1))?.state).toBe('gone');
    expect((await on.placements.get('a', 1))?.state).toBe('deleted');
    await loop.stop();
  });
});

describe('the janitor', () => {
  test('takes away pods of nobody and leaves all others', async () => {
    const { on, workshop, clock } = await set();
    on.pods.add({ name: 'warm', uid: 'warm' });
    puppet(on.pods, 'run', { uid: 'mine' });
    on.pods.add({ name: 'twin', uid: 'twin', key: 'run:1' });
    on.pods.add({ name: 'unknown', uid: 'unknown', key: 'unknown:1' });
    on.pods.add({ name: 'over', uid: 'over', key: 'over:1' });
    await on.place('run', { podUid: 'mine', confirmed: true });
    await on.place('over', { podUid: 'over', state: 'gone', podName: null });
    const loop = running(janitor(workshop));
    await clock.settle();
    expect([...on.pods.all.keys()].sort()).toEqual(['mine', 'warm']);
    await loop.stop();
  });
});

describe('where pods live in processes', () => {
  async function owned(process: string) {
    const on = stage();
    const pods = { ...on.pods, ownedByProcess: true };
    const own: Stage = { ...on, ports: { ...on.ports, pods } };
    await own.accept('run');
    return { on, clock: on.world.clock, ...worker(own, process) };
  }

  test('a placement names its owner, who holds a lease before', async () => {
    const { on, create } = await owned('process-1');
    await create('run');
    expect((await on.placements.get('run', 1))?.owner).toBe('process-1');
    expect((await on.ports.leases.current('sandboxes:process-1'))?.holder).toBe('process-1');
  });

  test("another's attempt is neither placed nor buried until that process is proved gone", async () => {
    const { on, create, remove, workshop, clock } = await owned('process-1');
    await on.ports.leases.acquire('sandboxes:process-2', 'process-2', 150_000);
    await on.place('run', { owner: 'process-2', podUid: 'elsewhere', confirmed: true });
    await create('run');
    await remove('run', true);
    expect(on.types()).toEqual([]);
    const loop = running(burying(workshop));
    await on.ports.leases.release('sandboxes:process-2', 'process-2');
    await clock.advance(110_000);
    expect(on.types()).toEqual([]);
    await clock.advance(15_000);
    expect(on.types()).toEqual(['pod_deleted']);
    await loop.stop();
  });

  test('the only process of its installation knows at once that no other has pods', async () => {
    const on = stage();
    const pods = { ...on.pods, ownedByProcess: true, soleOwner: true };
    const own: Stage = { ...on, ports: { ...on.ports, pods } };
    await own.accept('run');
    await on.place('run', { owner: 'process-2', podUid: 'elsewhere', confirmed: true });
    const { remove, workshop } = worker(own, 'process-1');
    await remove('run', true);
    const loop = running(burying(workshop));
    await on.world.clock.advance(2_000);
    expect(on.types()).toEqual(['pod_deleted']);
    await loop.stop();
  });

  test('who took the place of a process knows at once that its pods are gone, and of no other process', async () => {
    const on = stage();
    const pods = { ...on.pods, ownedByProcess: true, formerOwners: ['process-2'] };
    const own: Stage = { ...on, ports: { ...on.ports, pods } };
    for (const [run, owner] of [
      ['former', 'process-2'],
      ['other', 'process-3'],
    ] as const) {
      await own.accept(run);
      await on.place(run, { owner, podUid: `pod of ${run}`, confirmed: true });
    }
    const { remove, workshop } = worker(own, 'process-1');
    await remove('former', true);
    await remove('other', true);
    const loop = running(burying(workshop));
    await on.world.clock.advance(2_000);
    expect([on.types(), on.last('pod_deleted')?.execution_id]).toEqual([['pod_deleted'], 'former']);
    await loop.stop();
  });

  test('an owner goes on with a placement that it did not finish', async () => {
    const { on, workshop, clock } = await owned('process-1');
    await on.place('run', { owner: 'process-1' });
    const loop = running(resuming(workshop));
    await clock.advance(7_000);
    expect(on.types()).toContain('pod_created');
    await loop.stop();
  });
});

test('a pod name fits a cluster, whatever the id of the run', () => {
  expect(podNameOf('2f1c6c2e-7c65-4b57-9d0c-000000000001', 12)).toBe(
    'run-2f1c6c2e-7c65-4b57-9d0c-000000000001-12',
  );
  for (const id of ['A/../b', 'x'.repeat(300), '-a', 'ü']) {
    expect(podNameOf(id, 1)).toMatch(/^[a-z0-9-]{1,63}$/);
    expect(podNameOf(id, 1)).not.toBe(podNameOf(`${id}x`, 1));
  }
});

test('the role hears commands last, when its loops run already', () => {
  const names = k8sWorker.children(stage().ports, settings).map(({ name }) => name);
  expect(names).toEqual(['bury', 'janitor', 'commands']);
});
