// Gives an attempt its pod. The placement comes first and is never moved; a repetition finds it and goes on with the same pod.

import { assert, isDomainError } from '#src/domain/errors.ts';
import type { EventOf } from '#src/domain/events.ts';
import { attemptKey } from '#src/domain/ids.ts';
import type { PodRef, PodSpec, PodStatus, Pods } from '#src/ports/pods.ts';
import { attemptEvent } from '../attempt-events.ts';
import { reportGone, reportUnstartable } from '../gone.ts';
import type { Placement } from '../placements.ts';
import { runInputOf } from '../run-inputs.ts';
import { podNameOf } from './pod-name.ts';
import type { Workshop } from './workshop.ts';

interface Attempt {
  execution: string;
  attempt: number;
}

export const placing =
  (workshop: Workshop) =>
  async (event: EventOf<'create_pod_command'>): Promise<void> => {
    const of = { execution: event.payload.execution_id, attempt: event.payload.attempt };
    const input = await runInputOf(workshop.ports.documents, of.execution);
    if (input === null) {
      const words = 'What the run was asked to be is not stored any more';
      await reportUnstartable(workshop.reporter, of, { words, retryable: false });
      return;
    }
    const spec = { runtime: input.runtime, limits: input.limits };
    await workshop.ownership.hold();
    const placement = await place(workshop, of, spec);
    // Deleted meanwhile: nothing is made for this attempt any more. Another's: its owner goes on with it.
    if (placement.state !== 'placed' || workshop.ownership.isForeign(placement)) return;
    await settle(workshop, placement, spec);
  };

async function place(workshop: Workshop, of: Attempt, spec: PodSpec): Promise<Placement> {
  const { pods, placements, clock, ownership } = workshop;
  const fresh: Omit<Placement, 'podName' | 'podUid'> = {
    ...of,
    owner: ownership.owner,
    runtime: spec.runtime,
    placedAt: clock.now(),
    state: 'placed',
    confirmed: false,
    drained: false,
    deletedAt: null,
    force: false,
    graceMs: 0,
  };
  const named: { name: string; uid: string | null }[] = await pods.warm(spec);
  for (const { name, uid } of [...named, { name: podNameOf(of.execution, of.attempt), uid: null }]) {
    const placement: Placement = { ...fresh, podName: name, podUid: uid };
    const outcome = await placements.insert(placement);
    if (outcome === 'inserted') return placement;
    if (outcome === 'exists') break;
  }
  const found = await placements.get(of.execution, of.attempt);
  assert(found !== null, "the name made for an attempt is nobody else's");
  return found;
}

/** From the placement to the pod: claims the warm one, or makes one of that name and sets its uid. */
export async function settle(workshop: Workshop, placement: Placement, spec: PodSpec): Promise<void> {
  const { pods, placements } = workshop;
  const { execution, attempt } = placement;
  const podName = placement.podName ?? podNameOf(execution, attempt);
  const pod = placement.confirmed
    ? await stillThere(pods, placement)
    : placement.podUid === null
      ? await made(workshop, placement, podName, spec)
      : await claimed(pods, placement, { name: podName, uid: placement.podUid }, spec);
  if (pod === 'unstartable') return;
  if (pod === null) {
    await reportGone(workshop.reporter, { execution, attempt, podName }, 'Its pod is gone');
    return;
  }
  const told = attemptEvent(workshop.reporter.speaker, 'pod_created', {
    execution_id: execution,
    attempt,
    pod_name: podName,
    namespace: '',
    warm: podName !== podNameOf(execution, attempt),
  });
  await Promise.all([placements.confirm(execution, attempt), workshop.ports.bus.publish([told])]);
}

const stillThere = async (pods: Pods, placement: Placement): Promise<PodRef | null> =>
  placement.podUid === null ? null : pods.get(placement.podUid);

async function claimed(pods: Pods, placement: Placement, pod: PodRef, spec: PodSpec): Promise<PodRef | null> {
  const outcome = await pods.claim(pod.uid, attemptKey(placement.execution, placement.attempt), spec);
  return outcome === 'claimed' ? pod : null;
}

/** Whatever else was made under the name gets no job, and the janitor takes it away. */
async function made(
  workshop: Workshop,
  placement: Placement,
  name: string,
  spec: PodSpec,
): Promise<PodStatus | 'unstartable'> {
  const { execution, attempt } = placement;
  try {
    const pod = await workshop.pods.create(name, attemptKey(execution, attempt), spec);
    await workshop.placements.entitle(execution, attempt, pod.uid);
    return pod;
  } catch (error) {
    if (!isDomainError(error)) throw error;
    if (error.kind !== 'validation' && error.kind !== 'forbidden') throw error;
    // What can never start is told at once; what was only refused is worth another attempt.
    const why = { words: error.detail ?? error.message, retryable: error.kind === 'forbidden' };
    await reportUnstartable(workshop.reporter, placement, why);
    return 'unstartable';
  }
}
