// At the start of whoever makes pods: one pod like every other, from which a probe tries to get out. What it finds decides whether
// scripts may run here.
import type { V1Pod } from '@kubernetes/client-node';
import { DomainError } from '#src/domain/errors.ts';
import type { Limits } from '#src/domain/execution.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { PodChannel } from '#src/ports/pods.ts';
import { isRefusal } from './failures.ts';
import { adviceOn, compareIsolation, type IsolationCheck } from './isolation-checks.ts';
import { digest, portUid } from './names.ts';
import type { PodObject } from './objects.ts';
import { converse } from './own-job.ts';
import { pause } from './pause.ts';
import { type PodTemplate, podManifest } from './pod-manifest.ts';
import type { PodRequests } from './pod-requests.ts';
import { podStatus } from './pod-status.ts';
import probe from './probe.py' with { type: 'text' };
import type { RuntimeImage } from './runtime-images.ts';

export interface ProofOptions {
  requests: PodRequests;
  clock: Clock;
  template: PodTemplate;
  image: RuntimeImage;
  limits: Limits;
  attach(uid: string): Promise<PodChannel>;
  /** Must not be reached from a pod, each as HOST:PORT. */
  forbidden: readonly string[];
}

export interface IsolationProof {
  checks: IsolationCheck[];
  node: string | null;
  tookMs: number;
}

/** The first pull of an image may take its time. */
const startWithinMs = 300_000;
const answerWithinMs = 60_000;
const furnishedWithinMs = 10_000;
const lookEachMs = 100;
const kubeletPort = 10_250;

const jobLimits = {
  wall_ms: 45_000,
  cpu_ms: 10_000,
  memory_bytes: 64 * 1024 * 1024,
  processes: 16,
  disk_bytes: 4 * 1024 * 1024,
  output_bytes: 64 * 1024,
  artifact_bytes: 0,
  files_open: 64,
};

/** @throws DomainError with a sentence for the operator when a pod is not tight, or does not start */
export async function proveIsolation(options: ProofOptions): Promise<IsolationProof> {
  const { requests, clock, template, image, limits } = options;
  const began = clock.monotonic();
  const name = `probe-${digest(crypto.randomUUID())}`;
  const wish = {
    name,
    state: 'probe',
    key: null,
    runtime: image.runtime,
    image: image.image,
    limits,
  } as const;
  const made = await create(options, podManifest(template, wish));
  const uid = made.metadata?.uid ?? '';
  try {
    const pod = await started(options, name);
    const channel = await options.attach(portUid(name, uid));
    const seen = await answered(options, channel, pod);
    const checks = compareIsolation(seen, template);
    const failed = adviceOn(checks);
    if (failed.length > 0) {
      throw new DomainError('infrastructure', `Scripts cannot run in this cluster: ${failed.join('; ')}`, {
        detail: JSON.stringify(checks),
      });
    }
    return { checks, node: pod.spec?.nodeName ?? null, tookMs: Math.round(clock.monotonic() - began) };
  } finally {
    await requests.delete({ name, uid }, 1);
  }
}

/** A namespace that was just made takes no pods until the cluster has furnished it. */
async function create({ requests, clock }: ProofOptions, manifest: V1Pod): Promise<PodObject> {
  const began = clock.monotonic();
  for (;;) {
    try {
      return await requests.create(manifest);
    } catch (error) {
      if (!isRefusal(error, 403) || clock.monotonic() - began > furnishedWithinMs) throw error;
    }
    await pause(clock, lookEachMs);
  }
}

async function started({ requests, clock }: ProofOptions, name: string): Promise<PodObject> {
  const began = clock.monotonic();
  for (;;) {
    const pod = await requests.get(name);
    const status = pod === null ? null : podStatus(pod);
    if (pod !== null && status?.phase === 'running') return pod;
    const late = clock.monotonic() - began > startWithinMs;
    const broken = status?.reason !== null && clock.monotonic() - began > lookEachMs * 100;
    if (status === null || status.phase === 'ended' || late || broken) {
      const words = [status?.reason, status?.message].filter(Boolean).join(': ');
      throw new DomainError(
        'infrastructure',
        'A pod for a first look does not start, so scripts are refused',
        {
          detail: words || 'it is pending without a reason',
        },
      );
    }
    await pause(clock, lookEachMs);
  }
}

async function answered(
  { clock, forbidden }: ProofOptions,
  channel: PodChannel,
  pod: PodObject,
): Promise<Record<string, unknown>> {
  const { hostIP } = pod.status ?? {};
  const places = [...forbidden, ...(hostIP === undefined ? [] : [`${hostIP}:${kubeletPort}`])];
  const over = new AbortController();
  const late = pause(clock, answerWithinMs, over.signal).then(() => null);
  const heard = await Promise.race([
    converse(channel, { script: probe, args: places, limits: jobLimits }),
    late,
  ]);
  over.abort();
  channel.close();
  const seen = heard === null ? null : objectIn(heard.stdout);
  if (seen !== null) return seen;
  throw new DomainError('infrastructure', 'A look out of a pod gave no answer, so scripts are refused', {
    detail: JSON.stringify(heard),
  });
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
