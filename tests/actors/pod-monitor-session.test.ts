import { describe, expect, test } from 'bun:test';
import { sealAttempt } from '#actors/seal.ts';
import { unavailable } from '#src/domain/errors.ts';
import { runChannel } from '#src/ports/live-feed.ts';
import { monitor, started, text } from './monitor-stage.ts';
import { puppet, stage } from './stage.ts';
import { decodeCommand } from './supervisor-lines.ts';

describe('a session', () => {
  test('delivers the job at once, stores frames, acknowledges them and tells start and end', async () => {
    const { on, pod, stop, clock } = await started();
    expect(pod.told()).toEqual(['job']);
    pod.received(1);
    pod.frame(0, 'started', '{}');
    await clock.settle();
    expect(on.types()).toEqual(['pod_running']);
    expect(on.world.hints).toContain(runChannel('run'));
    pod.frame(1, 'stdout', 'hello\n');
    pod.exit(2);
    await clock.settle();
    expect(text(on)).toBe('hello\n');
    expect(on.types()).toEqual(['pod_running', 'pod_succeeded', 'pod_terminated']);
    expect(on.last('pod_terminated')).toMatchObject({ last: 2, exit: { cause: 'exited', exitCode: 0 } });
    expect(decodeCommand(pod.pod.told.at(-1) ?? '').command).toEqual({ acknowledge: 2 });
    expect((await on.placements.get('run', 1))?.drained).toBe(true);
    await stop();
    expect(on.ports.liveFeed.subscribers()).toBe(0);
  });

  test('sets the uid itself when the worker has not, and only then delivers', async () => {
    const on = stage();
    await on.accept('run');
    await on.place('run');
    const pod = puppet(on.pods, 'run', { uid: 'u' });
    const { stop } = monitor(on);
    await on.world.clock.settle();
    expect((await on.placements.get('run', 1))?.podUid).toBe('u');
    expect(pod.told()).toEqual(['job']);
    await stop();
  });

  test('gives no job to a pod that is not the one of its attempt', async () => {
    const on = stage();
    await on.accept('run');
    await on.place('run', { podUid: 'another', confirmed: true });
    const pod = puppet(on.pods, 'run', { uid: 'u' });
    const { stop } = monitor(on);
    await on.world.clock.settle();
    expect(pod.told()).toEqual([]);
    await stop();
  });

  test('says the job again until frame 0 was heard, then no more', async () => {
    const { pod, stop, clock } = await started();
    await clock.advance(2_100);
    expect(pod.told()).toEqual(['job', 'job', 'resend']);
    pod.frame(0, 'started');
    await clock.advance(4_000);
    expect(pod.told().filter((name) => name === 'job')).toHaveLength(2);
    await stop();
  });

  test('asks for frames that it missed and stores each once, in order', async () => {
    const { on, pod, stop, clock } = await started();
    pod.frame(0, 'started');
    pod.frame(2, 'stdout', 'b');
    await clock.settle();
    expect(decodeCommand(pod.pod.told.findLast((line) => line.includes('resend')) ?? '').command).toEqual({
      resend: 1,
    });
    pod.frame(1, 'stdout', 'a');
    pod.frame(2, 'stdout', 'b');
    pod.frame(1, 'stdout', 'a');
    pod.frame(3, 'stdout', 'c');
    await clock.settle();
    expect(text(on)).toBe('abc');
    await stop();
  });

  test('asks again after a line that it could not understand, until that is answered', async () => {
    const { pod, stop, clock } = await started();
    pod.frame(0, 'started');
    await clock.settle();
    pod.pod.say('torn');
    await clock.advance(1_500);
    const asked = pod.pod.told.filter((line) => line.includes('resend')).map(decodeCommand);
    expect(asked.length).toBeGreaterThanOrEqual(1);
    pod.received(asked.at(-1)?.number ?? 0);
    await clock.advance(5_000);
    expect(pod.told().filter((name) => name === 'resend')).toHaveLength(asked.length);
    await stop();
  });

  test('waits for a log that is away and acknowledges nothing before', async () => {
    const { on, pod, stop, clock } = await started();
    on.away('append', 3);
    pod.frame(0, 'started');
    pod.frame(1, 'stdout', 'x');
    await clock.settle();
    expect(pod.told()).toEqual(['job']);
    await clock.advance(1_000);
    expect(text(on)).toBe('x');
    expect(pod.told()).toContain('acknowledge');
    await stop();
  });

  test('tells an end although the bus was away', async () => {
    const { on, pod, stop, clock } = await started();
    pod.frame(0, 'started');
    await clock.settle();
    on.world.fail('publish', 4);
    pod.exit(1, { cause: 'signaled', exit_code: null, signal: 11 });
    await clock.advance(5_000);
    expect(on.last('pod_failed')).toMatchObject({ exit_code: 139, reason: 'signaled' });
    expect(on.last('pod_terminated')).toMatchObject({ last: 1 });
    await stop();
  });

  test('gives a sign of life before the supervisor gives it up', async () => {
    const { pod, stop, clock } = await started();
    pod.frame(0, 'started');
    await clock.advance(100);
    const before = pod.pod.told.length;
    await clock.advance(20_000);
    expect(pod.told().slice(before)).toEqual(['acknowledge']);
    await stop();
  });

  test('stops the script of a deleted placement with its grace', async () => {
    const { on, pod, stop, clock } = await started();
    pod.frame(0, 'started');
    await clock.settle();
    await on.placements.markDeleted({
      execution: 'run',
      attempt: 1,
      force: false,
      graceMs: 700,
      at: clock.now(),
    });
    await clock.settle();
    expect(decodeCommand(pod.pod.told.at(-1) ?? '').command).toEqual({ stop: { grace_ms: 700 } });
    pod.exit(1, { cause: 'stopped' });
    await clock.settle();
    expect(on.last('pod_terminated')).toMatchObject({ exit: { cause: 'stopped' } });
    await stop();
  });

  test('lets a pod go that was deleted before its job', async () => {
    const on = stage();
    await on.accept('run');
    await on.place('run', { podUid: 'u', confirmed: true });
    await on.placements.markDeleted({ execution: 'run', attempt: 1, force: false, graceMs: 0, at: 1 });
    const pod = puppet(on.pods, 'run', { uid: 'u' });
    const { stop } = monitor(on);
    await on.world.clock.advance(1_100);
    expect(pod.told()).toEqual(['resend']);
    expect((await on.placements.get('run', 1))?.drained).toBe(true);
    await stop();
  });

  test('hears a deleted script to its end that a dead monitor had let go', async () => {
    const on = stage();
    await on.accept('run');
    await on.place('run', { podUid: 'u', confirmed: true });
    await on.placements.markDeleted({ execution: 'run', attempt: 1, force: false, graceMs: 40, at: 1 });
    const pod = puppet(on.pods, 'run', { uid: 'u' });
    const { stop } = monitor(on);
    await on.world.clock.settle();
    pod.received(1);
    await on.world.clock.settle();
    expect(pod.told()).not.toContain('job');
    expect(pod.told()).toContain('stop');
    pod.frame(0, 'started');
    pod.exit(1, { cause: 'stopped' });
    await on.world.clock.settle();
    expect(on.last('pod_terminated')).toMatchObject({ last: 1, exit: { cause: 'stopped' } });
    await stop();
  });

  test('drops and acknowledges what comes after a seal, and tells the loss', async () => {
    const { on, pod, stop, clock } = await started();
    pod.frame(0, 'started');
    await clock.settle();
    await sealAttempt(on.outputLog, 'run', 1, -1);
    pod.frame(1, 'stdout', 'late');
    pod.exit(2);
    await clock.settle();
    expect(text(on)).toBe('');
    expect(decodeCommand(pod.pod.told.at(-1) ?? '').command).toEqual({ acknowledge: 2 });
    expect(on.types()).toEqual(['pod_running', 'pod_lost']);
    await stop();
  });
});

describe('a channel that ends', () => {
  test('while the pod runs is opened again, and what is missing is asked for', async () => {
    const { on, pod, stop, clock } = await started();
    pod.frame(0, 'started');
    pod.frame(1, 'stdout', 'a');
    await clock.settle();
    pod.pod.hangUp();
    await clock.advance(100);
    expect(decodeCommand(pod.pod.told.at(-1) ?? '').command).toEqual({ resend: 2 });
    pod.frame(2, 'stdout', 'b');
    pod.exit(3);
    await clock.settle();
    expect(text(on)).toBe('ab');
    expect(on.types().filter((type) => type === 'pod_terminated')).toHaveLength(1);
    await stop();
  });

  test('with a pod that is gone is a loss, said after the output is sealed', async () => {
    const { on, pod, stop, clock } = await started();
    pod.frame(0, 'started');
    await clock.settle();
    on.pods.vanish('u');
    await clock.advance(200);
    expect(on.last('pod_lost')).toMatchObject({ by_our_drain: false });
    expect((await on.outputLog.read('run', 1, 0)).seal).toEqual({ last: 0 });
    await stop();
  });

  test('with a pod that is gone on request is no loss', async () => {
    const { on, pod, stop, clock } = await started();
    pod.frame(0, 'started');
    await clock.settle();
    await on.placements.markDeleted({ execution: 'run', attempt: 1, force: true, graceMs: 0, at: 1 });
    on.pods.vanish('u');
    await clock.advance(500);
    expect(on.types()).toEqual(['pod_running']);
    await stop();
  });

  test('with an ended pod without an exit frame is an end by the limit that the cluster names', async () => {
    const { on, pod, stop, clock } = await started();
    pod.frame(0, 'started');
    await clock.settle();
    pod.pod.end('OOMKilled');
    await clock.advance(500);
    expect(on.last('pod_terminated')).toMatchObject({ exit: { cause: 'out_of_memory' }, last: 0 });
    await stop();
  });

  test('with an ended pod without a word is a loss in the words of the cluster', async () => {
    const { on, pod, stop, clock } = await started();
    pod.frame(0, 'started');
    await clock.settle();
    pod.pod.end('Evicted', 'The node was low on resource: memory.');
    await clock.advance(500);
    expect(on.last('pod_lost')?.words).toBe('Evicted: The node was low on resource: memory.');
    await stop();
  });
});

describe('input', () => {
  const data = (words: string): Uint8Array => new TextEncoder().encode(words);
  const inputsTold = (lines: readonly string[]) =>
    lines.map(decodeCommand).filter(({ command }) => 'input' in command);

  test('that was given comes with the job in one write', async () => {
    const on = stage();
    await on.accept('run', { stdin: 'given' });
    await on.outputLog.appendInput('run', 1, { key: 'k', data: data('1\n'), end: true });
    await on.place('run', { podUid: 'u', confirmed: true });
    const pod = puppet(on.pods, 'run', { uid: 'u' });
    const { stop } = monitor(on);
    await on.world.clock.settle();
    expect(pod.told()).toEqual(['job', 'input']);
    expect(inputsTold(pod.pod.told)[0]?.command).toEqual({ input: { number: 1, data: 'MQo=', end: true } });
    await stop();
  });

  test('that is typed goes on at a hint, and is said again until it is taken', async () => {
    const { on, pod, stop, clock } = await started({ stdin: 'open' });
    pod.frame(0, 'started');
    await clock.settle();
    await on.outputLog.appendInput('run', 1, { key: 'a', data: data('a'), end: false });
    on.ports.liveFeed.hint('input:run:1');
    await clock.settle();
    expect(inputsTold(pod.pod.told)).toHaveLength(1);
    await clock.advance(2_500);
    const again = inputsTold(pod.pod.told);
    expect(again).toHaveLength(2);
    pod.received(again[1]?.number ?? 0);
    await clock.advance(6_000);
    expect(inputsTold(pod.pod.told)).toHaveLength(2);
    await on.outputLog.appendInput('run', 1, { key: 'b', data: data('b'), end: true });
    await clock.advance(1_000);
    expect(inputsTold(pod.pod.told).at(-1)?.command).toEqual({
      input: { number: 2, data: 'Yg==', end: true },
    });
    await stop();
  });
});

describe('acknowledgements', () => {
  const count = (told: string[]): number => told.filter((name) => name === 'acknowledge').length;

  test('of small frames are gathered, of many bytes come at once', async () => {
    const { pod, stop, clock } = await started();
    pod.frame(0, 'started');
    for (let number = 1; number <= 5; number += 1) {
      pod.frame(number, 'stdout', 'x');
      await clock.settle();
    }
    expect(count(pod.told())).toBe(0);
    await clock.advance(20);
    expect(count(pod.told())).toBe(1);
    expect(decodeCommand(pod.pod.told.at(-1) ?? '').command).toEqual({ acknowledge: 5 });
    pod.frame(6, 'stdout', 'y'.repeat(600_000));
    await clock.settle();
    expect(decodeCommand(pod.pod.told.at(-1) ?? '').command).toEqual({ acknowledge: 6 });
    await clock.advance(100);
    pod.frame(7, 'stdout', 'z');
    await clock.advance(20);
    expect(decodeCommand(pod.pod.told.at(-1) ?? '').command).toEqual({ acknowledge: 7 });
    await stop();
  });
});

test('an ended pod that cannot be read at the moment is no loss', async () => {
  const { on, pod, stop, clock } = await started();
  pod.frame(0, 'started');
  await clock.settle();
  const { attach } = on.pods;
  let failures = 3;
  on.pods.attach = async (uid) => {
    failures -= 1;
    if (failures >= 0) throw unavailable('cluster');
    const channel = await attach(uid);
    // What was said before the end is in the pod's log.
    pod.exit(1);
    return channel;
  };
  pod.pod.end('Completed');
  await clock.advance(5_000);
  expect(on.types()).toEqual(['pod_running', 'pod_succeeded', 'pod_terminated']);
  await stop();
});
