import { describe, expect, test } from 'bun:test';
import type { V1PodSpec } from '@kubernetes/client-node';
import { keyAnnotation, labels } from '#src/adapters/kubernetes/names.ts';
import { type PodWish, podManifest, templateOf } from '#src/adapters/kubernetes/pod-manifest.ts';
import { limits, runtime, template } from './world.ts';

const wish: PodWish = {
  name: 'run-a-1',
  state: 'taken',
  key: 'Execution_A:1',
  runtime,
  image: 'localhost/python:3.11',
  limits,
};

const specOf = (changes: Partial<typeof template> = {}, of: Partial<PodWish> = {}): V1PodSpec => {
  const { spec } = podManifest({ ...template, ...changes }, { ...wish, ...of });
  if (spec === undefined) throw new Error('a pod without a spec');
  return spec;
};

describe('the manifest of a pod', () => {
  test('takes from the script everything that it does not need', () => {
    const spec = specOf();
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      hostUsers: false,
      dnsPolicy: 'None',
      restartPolicy: 'Never',
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10_001,
        runAsGroup: 10_001,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(spec.containers).toHaveLength(1);
    expect(spec.containers[0]?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      privileged: false,
      capabilities: { drop: ['ALL'] },
    });
    expect([spec.hostNetwork, spec.hostPID, spec.hostIPC, spec.serviceAccountName]).toEqual(
      Array(4).fill(undefined),
    );
  });

  test('keeps the input open over a break of the attachment', () => {
    expect(specOf().containers[0]).toMatchObject({ stdin: true, stdinOnce: false });
  });

  test('writes only into memory, and no more than the run may keep', () => {
    const spec = specOf();
    expect(spec.volumes).toEqual([
      { name: 'disk', emptyDir: { medium: 'Memory', sizeLimit: String(limits.diskBytes) } },
    ]);
    expect(spec.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([
      '/sandbox',
      '/tmp',
      '/dev/shm',
    ]);
  });

  test('limits a run to what it may have, and asks for no more than that', () => {
    const resources = specOf().containers[0]?.resources;
    expect(resources?.limits).toEqual({ memory: String((128 + 24) * 1024 * 1024), cpu: '1000m' });
    expect(resources?.requests).toEqual({ memory: String(64 * 1024 * 1024), cpu: '100m' });
    const small = specOf({}, { limits: { ...limits, memoryBytes: 1024, cpuMillis: 50 } }).containers[0]
      ?.resources;
    expect(small?.requests).toEqual(small?.limits ?? {});
  });

  test('has a deadline once it is for a run, and none while it waits', () => {
    expect(specOf().activeDeadlineSeconds).toBe(610);
    expect(specOf({}, { key: null, state: 'warm' }).activeDeadlineSeconds).toBeUndefined();
  });

  test('names the attempt in an annotation, where it may be of any length', () => {
    const { metadata } = podManifest(template, wish);
    expect(metadata?.annotations).toEqual({ [keyAnnotation]: 'Execution_A:1' });
    expect(metadata?.labels).toMatchObject({
      [labels.installation]: 'inst',
      [labels.state]: 'taken',
      [labels.language]: 'python',
      [labels.version]: '3.11',
    });
    for (const value of Object.values(metadata?.labels ?? {})) expect(value).toMatch(/^[\w.-]{1,63}$/);
  });

  test('says what the settings say', () => {
    const spec = specOf({
      hasOwnUsers: false,
      runtimeClass: 'gvisor',
      tolerations: [{ key: 'scripts', operator: 'Exists' }],
      nodeSelector: { pool: 'scripts' },
      imagePullSecrets: ['registry'],
      imagePullPolicy: 'Never',
      supervisorSettings: ['farewell_ms=1000'],
    });
    expect(spec.hostUsers).toBeUndefined();
    expect(spec).toMatchObject({
      runtimeClassName: 'gvisor',
      tolerations: [{ key: 'scripts', operator: 'Exists' }],
      nodeSelector: { pool: 'scripts' },
      imagePullSecrets: [{ name: 'registry' }],
    });
    expect(spec.containers[0]).toMatchObject({ imagePullPolicy: 'Never', args: ['farewell_ms=1000'] });
  });

  test('has a digest by which pods can stand in for each other', () => {
    const digest = templateOf(template, wish);
    expect(templateOf(template, { ...wish, limits: { ...limits, timeoutMs: 1, outputBytes: 1 } })).toBe(
      digest,
    );
    expect(templateOf(template, { ...wish, limits: { ...limits, memoryBytes: 1 } })).not.toBe(digest);
    expect(templateOf(template, { ...wish, image: 'other' })).not.toBe(digest);
    expect(templateOf({ ...template, hasOwnUsers: false }, wish)).not.toBe(digest);
  });
});
