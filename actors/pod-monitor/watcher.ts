// Notices claimed pods and holds one session for each; notices attempts whose pod is gone. The watch is for speed: the periodic
// look alone would find everything, and does after a cut.
import { splitAttemptKey } from '#src/domain/ids.ts';
import { placementsChannel } from '#src/ports/live-feed.ts';
import type { PodChange, PodStatus } from '#src/ports/pods.ts';
import { isPassing, wordsOf } from '../failure.ts';
import { reportGone, reportUnstartable } from '../gone.ts';
import { keepLooking } from '../looking.ts';
import type { Placement } from '../placements.ts';
import type { Child } from '../role.ts';
import { aborted, createBell, pause } from '../waiting.ts';
import { concludeVanished, reportLoss } from './conclusion.ts';
import type { Observatory } from './observatory.ts';
import { unstartable } from './pod-end.ts';
import { withLease } from './pod-lease.ts';
import { attend } from './session.ts';

const lookEachMs = 5_000;
const watchAgainAfterMs = 1_000;

export interface Watcher {
  child: Child;
  /** Sees to it that a session follows this pod. */
  consider(pod: PodStatus): void;
}

interface Sessions {
  running: Map<string, { pod: PodStatus; done: Promise<void> }>;
  /** Pods of which nothing more will come, until they are gone. */
  settled: Set<string>;
  signal: AbortSignal;
}

export function watcher(observatory: Observatory): Watcher {
  const leaving = new AbortController();
  const sessions: Sessions = { running: new Map(), settled: new Set(), signal: leaving.signal };
  const bell = createBell();
  const consider = (pod: PodStatus): void => follow(observatory, sessions, pod);
  const changed = (change: PodChange): void => {
    if (change.kind === 'seen') {
      consider(change.pod);
      return;
    }
    observatory.ports.liveFeed.hint(placementsChannel);
    const { uid } = change.pod;
    // A session sees for itself that its channel ends.
    if (!sessions.settled.delete(uid) && !sessions.running.has(uid)) bell.ring();
  };
  return {
    consider,
    child: {
      name: 'watcher',
      inFlight: () => sessions.running.size,
      async run({ signal, ready }) {
        ready();
        const look = async (): Promise<number> => {
          await lookAround(observatory, sessions);
          return lookEachMs;
        };
        const settings = { name: 'watcher', look, patienceMs: watchAgainAfterMs, bell };
        // Sessions outlive a failure of this child: whoever starts it again finds them.
        const over = new AbortController();
        const loops = Promise.all([
          watching(observatory, changed, over.signal),
          keepLooking(observatory.ports, over.signal, settings),
        ]);
        try {
          await Promise.race([loops, aborted(signal)]);
          // Whatever fails on the way out, no session goes on behind it.
          await drain(observatory, sessions).finally(() => leaving.abort());
          await Promise.allSettled([...sessions.running.values()].map(({ done }) => done));
        } finally {
          over.abort();
          await Promise.allSettled([loops]);
        }
      },
    },
  };
}

async function watching(
  { pods, ports, clock }: Observatory,
  changed: (change: PodChange) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await pods.watch(changed, signal);
    } catch (error) {
      ports.logger.warn({ error: wordsOf(error) }, 'the watch of the pods was cut');
    }
    await pause(clock, watchAgainAfterMs, signal);
  }
}

function follow(observatory: Observatory, sessions: Sessions, pod: PodStatus): void {
  const { running, settled, signal } = sessions;
  if (pod.key === null || pod.phase === 'pending') return;
  if (running.has(pod.uid) || settled.has(pod.uid) || signal.aborted) return;
  const session = async (): Promise<void> => {
    try {
      const end = await withLease(observatory, pod, signal, (mine) => attend(observatory, pod, mine));
      if (end === 'settled') settled.add(pod.uid);
    } catch (error) {
      // The next look begins another one.
      const level = isPassing(error) || signal.aborted ? 'warn' : 'error';
      observatory.ports.logger[level]({ key: pod.key, error: wordsOf(error) }, 'a session broke off');
    } finally {
      running.delete(pod.uid);
    }
  };
  // Entered before it begins, so that its own end finds it.
  const entry = { pod, done: Promise.resolve() };
  running.set(pod.uid, entry);
  entry.done = session();
}

/** Placements are read before pods are listed, and an absence is proved by a fresh look at the one uid. */
async function lookAround(observatory: Observatory, sessions: Sessions): Promise<void> {
  const placed: Placement[] = [];
  for await (const placement of observatory.placements.inState('placed')) placed.push(placement);
  const pods = await observatory.pods.list();
  const listed = new Set(pods.map(({ uid }) => uid));
  for (const uid of sessions.settled) if (!listed.has(uid)) sessions.settled.delete(uid);
  for (const pod of pods) {
    if (pod.phase === 'pending') await explain(observatory, pod);
    else follow(observatory, sessions, pod);
  }
  for (const placement of placed) {
    const { podUid } = placement;
    if (podUid !== null && (listed.has(podUid) || sessions.running.has(podUid))) continue;
    await lookFor(observatory, placement);
  }
}

/** Looks for the pod of a placement that no list shows. */
export async function lookFor(observatory: Observatory, placement: Placement): Promise<void> {
  const { execution, attempt, podUid, podName, confirmed, drained } = placement;
  if (drained) return;
  const of = { execution, attempt, podName: podName ?? '' };
  if (observatory.ownership.isForeign(placement)) {
    if (!(await observatory.ownership.isProvedGone(placement))) return;
    await reportGone(observatory.reporter, of, 'The process that ran it is gone');
    await observatory.placements.markDrained(execution, attempt);
    return;
  }
  // Not claimed yet: its command is on its way.
  if (podUid === null || !confirmed) return;
  await concludeVanished(observatory, of, { name: of.podName, uid: podUid });
}

/** Tells early, in the cluster's words, why a pod will not start. */
export async function explain(observatory: Observatory, pod: PodStatus): Promise<void> {
  const of = pod.key === null ? null : splitAttemptKey(pod.key);
  const why = unstartable(pod, observatory.clock.now());
  if (of === null || why === null) return;
  const { execution, attempt } = of;
  const placement = await observatory.placements.get(execution, attempt);
  if (placement === null || placement.state !== 'placed') return;
  if (placement.podUid !== null && placement.podUid !== pod.uid) return;
  await reportUnstartable(observatory.reporter, of, why);
}

/** Pods that die with this process are given time to end; those that do not are ended, and told as lost by our own drain. */
async function drain(observatory: Observatory, sessions: Sessions): Promise<void> {
  const { pods, clock, settings, ports, placements, shutDown } = observatory;
  if (pods.ownedByProcess !== true) return;
  const ended = new AbortController();
  const all = async (): Promise<void> => {
    while (sessions.running.size > 0) {
      await Promise.race([...sessions.running.values()].map(({ done }) => done));
    }
  };
  await Promise.race([all(), pause(clock, settings.drainMs, ended.signal)]);
  ended.abort();
  for (const { pod } of sessions.running.values()) {
    const of = pod.key === null ? null : splitAttemptKey(pod.key);
    if (of === null) continue;
    ports.logger.warn({ key: pod.key }, 'a script outlived the drain and is ended');
    shutDown.add(pod.uid);
    await pods.delete(pod.uid, { force: true, graceMs: 0 });
    try {
      await reportLoss(observatory, of, pod, 'The pod is gone');
      await placements.markDrained(of.execution, of.attempt);
    } catch (error) {
      // Whoever starts next finds that this process is gone.
      if (!isPassing(error)) throw error;
      ports.logger.warn({ key: pod.key, error: wordsOf(error) }, 'the loss of a pod could not be told');
    }
  }
}
