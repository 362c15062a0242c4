import { describe, expect, test } from 'bun:test';
import type { ContainerState, PodObject } from '#src/adapters/kubernetes/objects.ts';
import { podManifest } from '#src/adapters/kubernetes/pod-manifest.ts';
import { podStatus } from '#src/adapters/kubernetes/pod-status.ts';
import { limits, runtime, template } from './world.ts';

const made = podManifest(template, {
  name: 'run-a-1',
  state: 'taken',
  key: 'a:1',
  runtime,
  image: 'image',
  limits,
});

const pod = (status: PodObject['status'], meta: PodObject['metadata'] = {}): PodObject => ({
  metadata: {
    name: 'run-a-1',
    uid: '0a-1',
    creationTimestamp: '2026-11-25T10:00:00Z',
    labels: made.metadata?.labels ?? {},
    annotations: made.metadata?.annotations ?? {},
    ...meta,
  },
  spec: { nodeName: 'n1' },
  ...(status && { status }),
});

const script = (state: ContainerState) => [{ name: 'script', state }];
const told = (status: PodObject['status']) => {
  const { phase, reason, message } = podStatus(pod(status)) ?? {};
  return [phase, reason, message];
};

describe('the status of a pod', () => {
  test('is what a cluster says of it', () => {
    expect(podStatus(pod({ phase: 'Running', containerStatuses: script({ running: {} }) }))).toEqual({
      name: 'run-a-1',
      uid: 'run-a-1/0a-1',
      key: 'a:1',
      runtime,
      phase: 'running',
      reason: null,
      message: null,
      createdAt: Date.UTC(2026, 10, 25, 10),
      nodeName: 'n1',
      terminating: false,
    });
  });

  test('has no key while it is warm, and says when it is being deleted', () => {
    const warm = podStatus(pod({}, { annotations: { 'greenroom/attempt': '' }, deletionTimestamp: 'now' }));
    expect(warm).toMatchObject({ key: null, terminating: true, phase: 'pending' });
  });

  test('is none for what is not ours', () => {
    expect(podStatus({})).toBeNull();
    expect(podStatus(pod({}, { labels: {} }))).toBeNull();
  });

  test('bears a status that has no containers', () => {
    expect(told({ phase: 'Pending', containerStatuses: null, conditions: null })).toEqual([
      'pending',
      null,
      null,
    ]);
    expect(
      told({
        phase: 'Failed',
        reason: 'Evicted',
        message: 'The node was low on memory',
        containerStatuses: null,
      }),
    ).toEqual(['ended', 'Evicted', 'The node was low on memory']);
    expect(told({ phase: 'Failed', containerStatuses: null })).toEqual(['ended', null, null]);
  });

  test('is ended with its one container, whatever the phase still says', () => {
    const terminated = { reason: 'OOMKilled', exitCode: 137 };
    expect(told({ phase: 'Running', containerStatuses: script({ terminated }) })).toEqual([
      'ended',
      'OOMKilled',
      'exit code 137',
    ]);
    expect(told({ phase: 'Failed', containerStatuses: script({ terminated: { signal: 9 } }) })).toEqual([
      'ended',
      null,
      'signal 9',
    ]);
    expect(
      told({
        phase: 'Succeeded',
        containerStatuses: script({ terminated: { reason: 'Completed', exitCode: 0 } }),
      }),
    ).toEqual(['ended', 'Completed', 'exit code 0']);
  });

  test('is explained by what was done to the pod before what became of its container', () => {
    const terminated = { reason: 'Error', exitCode: 137 };
    expect(
      told({
        phase: 'Failed',
        reason: 'DeadlineExceeded',
        message: 'Pod was active',
        containerStatuses: script({ terminated }),
      }),
    ).toEqual(['ended', 'DeadlineExceeded', 'Pod was active']);
    const conditions = [
      { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message: 'preempting' },
    ];
    expect(told({ phase: 'Failed', conditions, containerStatuses: script({ terminated }) })).toEqual([
      'ended',
      'PreemptionByScheduler',
      'preempting',
    ]);
  });

  test('says early why a pod does not start', () => {
    const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image' };
    expect(told({ phase: 'Pending', containerStatuses: script({ waiting }) })).toEqual([
      'pending',
      'ImagePullBackOff',
      'Back-off pulling image',
    ]);
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available' },
    ];
    expect(told({ phase: 'Pending', conditions })).toEqual([
      'pending',
      'Unschedulable',
      '0/1 nodes are available',
    ]);
    expect(
      told({ phase: 'Pending', containerStatuses: script({ waiting: { reason: 'ContainerCreating' } }) }),
    ).toEqual(['pending', null, null]);
  });

  test('of a node that does not answer may still be running', () => {
    expect(told({ phase: 'Unknown' })).toEqual(['running', null, null]);
  });
});
