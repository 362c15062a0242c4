// What may be said of an attempt whose pod is gone or will not start, and which pod is its one pod.
import { describe, expect, test } from 'bun:test';
import { type Reporter, reportGone, reportUnstartable } from '#actors/gone.ts';
import type { Frame, FrameChannel } from '#src/ports/output-log.ts';
import { cleanExit, type Stage, stage } from './stage.ts';

const reporterOf = ({ ports }: Stage): Reporter => ({
  bus: ports.bus,
  outputLog: ports.outputLog,
  liveFeed: ports.liveFeed,
  speaker: { service: 'k8s-worker', serviceVersion: '0', clock: ports.clock },
});

async function written(on: Stage, channels: readonly FrameChannel[]): Promise<void> {
  const frames = channels.map((channel, number): Frame => {
    const text = channel === 'exit' ? JSON.stringify(cleanExit) : '';
    return { number, channel, at: 1, data: new TextEncoder().encode(text) };
  });
  await on.ports.outputLog.append(
    'run',
    1,
    frames.map((frame) => ({ kind: 'frame', frame }) as const),
  );
}

const pod = { execution: 'run', attempt: 1, podName: 'run-run-1' };

describe('of a pod that is gone', () => {
  test('the end that is in its log is told, not a loss', async () => {
    const on = stage();
    await written(on, ['started', 'stdout', 'exit']);
    await reportGone(reporterOf(on), pod, 'gone');
    expect(on.types()).toEqual(['pod_succeeded', 'pod_terminated']);
    expect(on.last('pod_terminated')).toMatchObject({ last: 2, exit: { cause: 'exited' } });
  });

  test('a loss is told once its output is sealed', async () => {
    const on = stage();
    await written(on, ['started', 'stdout']);
    await reportGone(reporterOf(on), pod, 'gone');
    expect(on.types()).toEqual(['pod_lost']);
    expect((await on.ports.outputLog.read('run', 1, 0)).seal).toEqual({ last: 1 });
  });
});

describe('of an attempt that will not start', () => {
  const why = { words: 'no room', retryable: true };

  test('that is told once it can begin no more', async () => {
    const on = stage();
    await reportUnstartable(reporterOf(on), pod, why);
    expect(on.types()).toEqual(['pod_unstartable']);
    expect((await on.ports.outputLog.read('run', 1, 0)).seal).toEqual({ last: -1 });
  });

  test('nothing is told when it has begun meanwhile', async () => {
    const on = stage();
    await written(on, ['started']);
    await reportUnstartable(reporterOf(on), pod, why);
    expect(on.types()).toEqual([]);
  });
});

test('the one pod of an attempt is written once, and another uid is refused', async () => {
  const on = stage();
  await on.place('run');
  expect(await on.placements.entitle('run', 1, 'first')).toMatchObject({ podUid: 'first' });
  expect(await on.placements.entitle('run', 1, 'second')).toBeNull();
  expect(await on.placements.entitle('run', 1, 'first')).toMatchObject({ podUid: 'first' });
  expect(await on.placements.get('run', 1)).toMatchObject({ podUid: 'first' });
});
