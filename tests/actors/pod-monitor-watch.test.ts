import { describe, expect, test } from 'bun:test';
import { podMonitor } from '#actors/pod-monitor/role.ts';
import { pause } from '#actors/waiting.ts';
import type { Pods } from '#src/ports/pods.ts';
import { monitor, started, text } from './monitor-stage.ts';
import { settings } from './settings.ts';
import { cleanExit, puppet, type Stage, stage } from './stage.ts';
import { decodeCommand } from './supervisor-lines.ts';

describe('after a death of the monitor', () => {
  test('another goes on from the log', async () => {
    const { on, pod, stop, clock } = await started();
    pod.frame(0, 'started');
    pod.frame(1, 'stdout', 'a');
    await clock.settle();
    await stop();
    const other = monitor(on, 'process-2');
    await clock.settle();
    expect(decodeCommand(pod.pod.told.at(-1) ?? '').command).toEqual({ resend: 2 });
    pod.frame(2, 'stdout', 'b');
    pod.exit(3);
    await clock.settle();
    expect(text(on)).toBe('ab');
    expect(on.last('pod_terminated')).toMatchObject({ last: 3 });
    await other.stop();
  });

  test('an end that was stored and not told is told', async () => {
    const { on, pod, stop, clock } = await started();
    pod.frame(0, 'started');
    await clock.settle();
    on.world.fail('publish', 1_000);
    pod.exit(1);
    await clock.settle();
    await stop();
    on.world.fail('publish', 0);
    const other = monitor(on, 'process-2');
    await clock.settle();
    expect(on.last('pod_terminated')).toMatchObject({ last: 1 });
    expect((await on.placements.get('run', 1))?.drained).toBe(true);
    await other.stop();
  });

  test('a pod that vanished meanwhile is found missing', async () => {
    const on = stage();
    await on.accept('run');
    await on.place('run', { podUid: 'u', confirmed: true });
    const { stop } = monitor(on);
    await on.world.clock.settle();
    expect(on.types()).toEqual(['pod_lost']);
    await stop();
  });

  test('a pod that another monitor holds is left to it', async () => {
    const on = stage();
    await on.accept('run');
    await on.place('run', { podUid: 'u', confirmed: true });
    await on.ports.leases.acquire('pod:u', 'process-2', 10_000);
    const pod = puppet(on.pods, 'run', { uid: 'u' });
    const { stop } = monitor(on);
    await on.world.clock.advance(6_000);
    expect(pod.told()).toEqual([]);
    await on.world.clock.advance(15_000);
    expect(pod.told()).toContain('job');
    await stop();
  });
});

describe('the answer to a question', () => {
  test('is that the script runs, once frame 0 is stored, and overdue beyond limit, pause and margin', async () => {
    const { on, pod, stop, inspect, clock } = await started();
    await inspect('run');
    expect(on.types()).toEqual([]);
    pod.frame(0, 'started');
    await clock.settle();
    await inspect('run');
    expect(on.types()).toEqual(['pod_running', 'pod_running']);
    // Its end may still wait to be acknowledged, which a supervisor allows 120 s for.
    await clock.advance(200_000);
    await inspect('run');
    expect(on.types().at(-1)).toBe('pod_running');
    await clock.advance(6_000);
    await inspect('run');
    expect(on.types().at(-1)).toBe('pod_overdue');
    await stop();
  });

  test('is nothing while the placement has no uid', async () => {
    const on = stage();
    await on.place('run');
    const { stop, inspect } = monitor(on);
    await inspect('run');
    await inspect('unknown');
    expect(on.types()).toEqual([]);
    await stop();
  });

  test('is the end from the log, also when the pod is gone', async () => {
    const { on, pod, stop, inspect, clock } = await started();
    pod.frame(0, 'started');
    pod.exit(1);
    await clock.settle();
    on.pods.vanish('u');
    await inspect('run');
    expect(on.types().slice(-2)).toEqual(['pod_succeeded', 'pod_terminated']);
    expect(on.types()).not.toContain('pod_lost');
    await stop();
  });

  test('is the end that was told before, for who did not hear of it', async () => {
    const { on, pod, stop, inspect, clock } = await started();
    pod.frame(0, 'started');
    await clock.settle();
    on.pods.vanish('u');
    await inspect('run');
    await clock.settle();
    const told = on.types().filter((type) => type === 'pod_lost').length;
    expect(told).toBeGreaterThan(0);
    await inspect('run');
    expect(on.types().filter((type) => type === 'pod_lost')).toHaveLength(told + 1);
    await stop();
  });

  test('is why a pending pod will not start', async () => {
    const on = stage();
    await on.place('run', { podUid: 'u', confirmed: true });
    const { stop, inspect } = monitor(on);
    const { createdAt } = { createdAt: on.world.clock.now() - 60_000 };
    puppet(on.pods, 'run', { uid: 'u', phase: 'pending', reason: 'Unschedulable', createdAt });
    await inspect('run');
    expect(on.last('pod_unstartable')).toMatchObject({ words: 'Unschedulable', retryable: true });
    await stop();
  });
});

describe('pods that die with their process', () => {
  test('are given time at a drain, and told as lost by it when they use it up', async () => {
    const on = stage();
    const pods = { ...on.pods, ownedByProcess: true };
    const owned: Stage = { ...on, ports: { ...on.ports, pods } };
    await owned.accept('run');
    await owned.place('run', { podUid: 'u', confirmed: true, owner: settings.process });
    const pod = puppet(on.pods, 'run', { uid: 'u' });
    const { stop } = monitor(owned);
    await on.world.clock.settle();
    pod.frame(0, 'started');
    await on.world.clock.settle();
    const stopped = stop();
    await on.world.clock.advance(settings.drainMs - 1);
    expect(on.types()).toEqual(['pod_running']);
    await on.world.clock.advance(1_000);
    await stopped;
    expect(on.last('pod_lost')).toMatchObject({ by_our_drain: true });
    expect(on.pods.all.size).toBe(0);
  });

  test('are told as lost by the drain also by a session that notices their end before it', async () => {
    const on = stage();
    const slowly: Pods['delete'] = async (uid, options) => {
      await on.pods.delete(uid, options);
      await pause(on.world.clock, 500);
    };
    const pods = { ...on.pods, ownedByProcess: true, delete: slowly };
    const owned: Stage = { ...on, ports: { ...on.ports, pods } };
    await owned.accept('run');
    await owned.place('run', { podUid: 'u', confirmed: true, owner: settings.process });
    puppet(on.pods, 'run', { uid: 'u' }).frame(0, 'started');
    const { stop } = monitor(owned);
    await on.world.clock.settle();
    const stopped = stop();
    await on.world.clock.advance(settings.drainMs + 400);
    const losses = (): unknown[] =>
      on.world.published.filter(({ type }) => type === 'pod_lost').map(({ payload }) => payload);
    expect(losses()).toMatchObject([{ by_our_drain: true, words: 'The process that ran it was shut down' }]);
    await on.world.clock.advance(1_000);
    await stopped;
    for (const loss of losses()) expect(loss).toMatchObject({ by_our_drain: true });
  });

  test("another process's are proved gone by a lease that stays absent, not by one that was forgotten", async () => {
    const on = stage();
    const pods = { ...on.pods, ownedByProcess: true };
    const owned: Stage = { ...on, ports: { ...on.ports, pods } };
    await owned.accept('run');
    await owned.place('run', { podUid: 'elsewhere', confirmed: true, owner: 'process-2' });
    await on.ports.leases.acquire('sandboxes:process-2', 'process-2', 150_000);
    const { stop } = monitor(owned);
    await on.world.clock.advance(11_000);
    expect(on.types()).toEqual([]);
    await on.ports.leases.release('sandboxes:process-2', 'process-2');
    await on.world.clock.advance(60_000);
    await on.ports.leases.acquire('sandboxes:process-2', 'process-2', 30_000);
    await on.world.clock.advance(6_000);
    await on.ports.leases.release('sandboxes:process-2', 'process-2');
    await on.world.clock.advance(110_000);
    expect(on.types()).toEqual([]);
    await on.world.clock.advance(20_000);
    expect(on.types()).toEqual(['pod_lost']);
    await stop();
  });
});

test('the role has a watcher and a consumer of questions', () => {
  const children = podMonitor.children(stage().ports, settings);
  expect(children.map(({ name }) => name)).toEqual(['watcher', 'questions']);
});

test('two monitors with one pod store each frame once and lose none', async () => {
  const { on, pod, stop, clock } = await started();
  pod.frame(0, 'started');
  await clock.settle();
  // Another monitor stored and acknowledged a frame that this one never heard.
  const data = new TextEncoder().encode('a');
  await on.outputLog.append('run', 1, [
    { kind: 'frame', frame: { number: 1, channel: 'stdout', at: 1, data } },
  ]);
  pod.frame(2, 'stdout', 'b');
  await clock.advance(1_500);
  pod.frame(2, 'stdout', 'b');
  pod.exit(3);
  await clock.settle();
  expect(text(on)).toBe('ab');
  expect(on.last('pod_terminated')).toMatchObject({ last: 3 });
  await stop();
});

test('an end that another monitor stored is told when the channel comes back', async () => {
  const { on, pod, stop, clock } = await started();
  pod.frame(0, 'started');
  await clock.settle();
  const data = new TextEncoder().encode(JSON.stringify(cleanExit));
  await on.outputLog.append('run', 1, [
    { kind: 'frame', frame: { number: 1, channel: 'exit', at: 1, data } },
  ]);
  pod.pod.hangUp();
  await clock.settle();
  expect(decodeCommand(pod.pod.told.at(-1) ?? '').command).toEqual({ acknowledge: 1 });
  expect(on.last('pod_terminated')).toMatchObject({ last: 1 });
  await stop();
});
