// Takes a deleted attempt's pod away, and proves it. Said only of a placement that is marked deleted; proof is a fresh look
// that finds nothing under its uid, never a list.
import type { EventOf } from '#src/domain/events.ts';
import { attemptKey } from '#src/domain/ids.ts';
import { placementsChannel } from '#src/ports/live-feed.ts';
import type { PodStatus } from '#src/ports/pods.ts';
import { attemptEvent } from '../attempt-events.ts';
import { isPassing, wordsOf } from '../failure.ts';
import { keepLooking } from '../looking.ts';
import type { Placement } from '../placements.ts';
import type { Child } from '../role.ts';
import { createBell } from '../waiting.ts';
import { podNameOf } from './pod-name.ts';
import type { Workshop } from './workshop.ts';

/** So long a pod is kept for its last words. */
const drainBoundMs = 30_000;
const lookEachMs = 1_000;
/** Hints come for every placement: what has not changed is not looked at with each of them. */
const lookAgainAfterMs = 200;

/** What a placement was when it was looked at last. */
interface Looked {
  at: number;
  drained: boolean;
  force: boolean;
}

export const deleting =
  (workshop: Workshop) =>
  async (event: EventOf<'delete_pod_command'>): Promise<void> => {
    const { execution_id: execution, attempt, force, grace_ms: graceMs } = event.payload;
    const at = workshop.clock.now();
    await inHand(workshop, attemptKey(execution, attempt), async () => {
      const placement = await workshop.placements.markDeleted({ execution, attempt, force, graceMs, at });
      // Proved before: said again, for whoever missed it.
      if (placement.state === 'gone') await sayDeleted(workshop, placement);
      else await bury(workshop, placement);
    });
  };

/** Keeps the loop from doing at the same time what a command does already. */
async function inHand(workshop: Workshop, key: string, work: () => Promise<void>): Promise<void> {
  workshop.inHand.add(key);
  try {
    await work();
  } finally {
    workshop.inHand.delete(key);
  }
}

export function burying(workshop: Workshop): Child {
  return {
    name: 'bury',
    async run({ signal, ready }) {
      const bell = createBell();
      const leave = workshop.ports.liveFeed.subscribe(placementsChannel, bell.ring);
      let looked = new Map<string, Looked>();
      const look = async (): Promise<number> => {
        const round = await buryAll(workshop, looked, signal);
        looked = round.looked;
        return round.skipped ? lookAgainAfterMs : lookEachMs;
      };
      ready();
      try {
        await keepLooking(workshop.ports, signal, { name: 'bury', look, patienceMs: lookEachMs, bell });
      } finally {
        leave();
      }
    },
  };
}

async function buryAll(
  workshop: Workshop,
  before: ReadonlyMap<string, Looked>,
  signal: AbortSignal,
): Promise<{ looked: Map<string, Looked>; skipped: boolean }> {
  const { placements, clock, ports } = workshop;
  const looked = new Map<string, Looked>();
  let skipped = false;
  for await (const placement of placements.inState('deleted')) {
    if (signal.aborted) break;
    const { drained, force } = placement;
    const key = attemptKey(placement.execution, placement.attempt);
    const last = before.get(key);
    const at = clock.monotonic();
    const isFresh = last?.drained === drained && last.force === force && at - last.at < lookAgainAfterMs;
    looked.set(key, isFresh ? last : { at, drained, force });
    skipped ||= isFresh || workshop.inHand.has(key);
    if (isFresh || workshop.inHand.has(key)) continue;
    try {
      await inHand(workshop, key, () => bury(workshop, placement));
    } catch (error) {
      // One pod that cannot be reached must not keep the others.
      if (!isPassing(error)) throw error;
      ports.logger.warn({ key, error: wordsOf(error) }, 'a pod waits to be deleted');
    }
  }
  return { looked, skipped };
}

/** One step towards the proof; repeated by hints and by the clock until it is there. */
export async function bury(workshop: Workshop, placement: Placement): Promise<void> {
  if (workshop.ownership.isForeign(placement)) {
    if (await workshop.ownership.isProvedGone(placement)) await prove(workshop, placement);
    return;
  }
  const pod = await podOf(workshop, placement);
  if (pod !== null) {
    if (mustWait(placement, pod, workshop.clock.now())) return;
    await workshop.pods.delete(pod.uid, { force: placement.force || !placement.drained, graceMs: 0 });
    if ((await podOf(workshop, placement)) !== null) return;
  }
  await prove(workshop, placement);
}

/** A pod that got its job is kept until its last frame is stored, within a bound; force only spares its script the grace. */
export function mustWait(placement: Placement, pod: PodStatus, now: number): boolean {
  if (placement.drained || pod.phase === 'pending') return false;
  return now - (placement.deletedAt ?? now) < drainBoundMs;
}

async function podOf(workshop: Workshop, placement: Placement): Promise<PodStatus | null> {
  const { podUid, podName, execution, attempt } = placement;
  if (podName === null) return null;
  const pod = podUid === null ? await workshop.pods.find(podName) : await workshop.pods.get(podUid);
  // A warm pod that another attempt claimed first was never ours.
  const isOthers = pod !== null && pod.key !== null && pod.key !== attemptKey(execution, attempt);
  return isOthers ? null : pod;
}

async function prove(workshop: Workshop, placement: Placement): Promise<void> {
  await workshop.placements.markGone(placement.execution, placement.attempt);
  await sayDeleted(workshop, placement);
}

const sayDeleted = async (workshop: Workshop, placement: Placement): Promise<void> => {
  const { execution, attempt, podName } = placement;
  await workshop.ports.bus.publish([
    attemptEvent(workshop.reporter.speaker, 'pod_deleted', {
      execution_id: execution,
      attempt,
      pod_name: podName ?? podNameOf(execution, attempt),
      reason: null,
    }),
  ]);
};
