// The warm pods of one language and version: who keeps them, what is missing, and what to do when they do not start.
import type { Limits } from '#src/domain/execution.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Leases } from '#src/ports/leases.ts';
import type { Logger } from '#src/ports/logger.ts';
import { warmName } from './names.ts';
import type { PodObject } from './objects.ts';
import { type PodTemplate, podManifest } from './pod-manifest.ts';
import type { PodRequests } from './pod-requests.ts';
import type { PodView } from './pod-view.ts';
import type { RuntimeImage } from './runtime-images.ts';
import { isServing, planWarm, type WarmKind, type WarmPlan } from './warm-plan.ts';

export interface KeepingOptions {
  requests: PodRequests;
  view: PodView;
  clock: Clock;
  logger: Logger;
  leases: Leases;
  /** Name of this process. */
  process: string;
  template: PodTemplate;
  limits: Limits;
  target: number;
  surge: number;
}

/** Whoever keeps pods of this make; those of a release that nobody runs any more are nobody's. */
export const leaseOf = ({ template }: Pick<KeepingOptions, 'template'>, made: string): string =>
  `warm-pods:${template.installation}:${made}`;

export interface PoolKind extends WarmKind {
  of: RuntimeImage;
  /** Asked for, or kept before anybody asked. */
  isWanted: boolean;
  /** By our own clock; the lease was ours then. */
  heldAt: number;
  /** One soon after the other. */
  failures: number;
  failedAt: number;
  restUntil: number;
}

const leaseMs = 30_000;
const renewEachMs = 10_000;
/** After so many failures that followed each other closely, pods of a kind are made once in a while only. */
const failuresMax = 3;
const restMs = 60_000;

export const newKind = (of: RuntimeImage, template: string, isWanted: boolean): PoolKind => ({
  ...of.runtime,
  template,
  of,
  isWanted,
  heldAt: Number.NEGATIVE_INFINITY,
  failures: 0,
  failedAt: Number.NEGATIVE_INFINITY,
  restUntil: 0,
});

export async function fill(options: KeepingOptions, kind: PoolKind): Promise<void> {
  const { view, clock, requests } = options;
  kind.isWanted ||= view.pods().some((pod) => isServing(kind, pod));
  if (!(await hold(options, kind)) || clock.monotonic() < kind.restUntil) return;
  if (isEmpty(planOf(options, kind, view.pods()))) return;
  // What is to be made or taken away is decided by what is true now.
  const { items } = await requests.list({ fresh: true });
  await carryOut(options, kind, planOf(options, kind, items ?? []));
}

async function hold(options: KeepingOptions, kind: PoolKind): Promise<boolean> {
  const { clock, leases, process } = options;
  const now = clock.monotonic();
  if (now - kind.heldAt < renewEachMs) return true;
  const isOurs = (await leases.acquire(leaseOf(options, kind.template), process, leaseMs)) !== null;
  kind.heldAt = isOurs ? now : Number.NEGATIVE_INFINITY;
  return isOurs;
}

const planOf = (
  { target, surge, clock }: KeepingOptions,
  kind: PoolKind,
  pods: readonly PodObject[],
): WarmPlan => planWarm({ kind, target: kind.isWanted ? target : 0, surge }, pods, clock.now());

const isEmpty = ({ create, remove }: WarmPlan): boolean => create === 0 && remove.length === 0;

async function carryOut(options: KeepingOptions, kind: PoolKind, plan: WarmPlan): Promise<void> {
  const { requests, clock, logger, template, limits } = options;
  for (const { metadata } of plan.remove) {
    const { name = '', uid = '', resourceVersion = '' } = metadata ?? {};
    // One that was claimed meanwhile has another version, and stays.
    await requests.delete({ name, uid, resourceVersion }, 1);
  }
  if (plan.failed > 0) {
    const now = clock.monotonic();
    kind.failures = now - kind.failedAt > restMs * 2 ? plan.failed : kind.failures + plan.failed;
    kind.failedAt = now;
    const { language, version, failures } = kind;
    if (failures >= failuresMax) {
      kind.restUntil = now + restMs;
      logger.error({ language, version, failures, words: plan.words, restMs }, 'warm pods cannot be kept');
      return;
    }
    logger.warn({ language, version, words: plan.words }, 'a warm pod did not start');
  }
  const { runtime, image } = kind.of;
  const names = Array.from({ length: plan.create }, () => warmName(runtime, crypto.randomUUID()));
  await Promise.all(
    names.map((name) =>
      requests.create(podManifest(template, { name, state: 'warm', key: null, runtime, image, limits })),
    ),
  );
}
