// The answer to a deadline's question: what the pod shows, by a fresh look. Exactly one answer, and none while the placement has
// no uid or while a session is about to give it.
import type { EventOf } from '#src/domain/events.ts';
import type { RunInput } from '#src/domain/execution.ts';
import type { PodStatus } from '#src/ports/pods.ts';
import { attemptEvent, exitedEvents } from '../attempt-events.ts';
import { reportGone } from '../gone.ts';
import { lastSignMs } from '../ownership.ts';
import type { Placement } from '../placements.ts';
import { runInputOf } from '../run-inputs.ts';
import { readToEnd } from '../seal.ts';
import { concludeEnded, sayRunning } from './conclusion.ts';
import type { Observatory } from './observatory.ts';
import { explain, lookFor, type Watcher } from './watcher.ts';

/** A supervisor stands still for at most this long when nobody reads it. */
const pauseMaxMs = 60_000;
/** A supervisor waits 120 s for its exit frame to be acknowledged: an end that we could not hear yet is no overrun. */
const overdueMarginMs = 135_000;
/** So long a booted pod may take to say that it began. */
const silentMaxMs = 300_000;
/** No time is long enough to call a script overdue of which nobody knows whether it runs. */
const undecided = Number.POSITIVE_INFINITY;

export const inspecting =
  (observatory: Observatory, watcher: Watcher) =>
  async (event: EventOf<'inspect_pod_command'>): Promise<void> => {
    const { execution_id: execution, attempt } = event.payload;
    const placement = await observatory.placements.get(execution, attempt);
    if (placement === null || placement.state !== 'placed' || placement.podUid === null) return;
    if (observatory.ownership.isForeign(placement)) {
      const life = await observatory.ownership.lifeOf(placement);
      if (life === 'gone') await lookFor(observatory, placement);
      // A script whose owner may be dead may have ended with it: only a living owner's is beyond its limit.
      else await answerFromLog(observatory, placement, null, life === 'alive' ? lastSignMs : undecided);
      return;
    }
    const pod = await observatory.pods.get(placement.podUid);
    if (pod === null) {
      const of = { execution, attempt, podName: placement.podName ?? '' };
      // Its end was told, and who asks did not hear of it.
      if (placement.drained) await reportGone(observatory.reporter, of, 'The pod is gone');
      else await lookFor(observatory, placement);
      return;
    }
    if (pod.phase === 'pending') {
      await explain(observatory, pod);
      return;
    }
    watcher.consider(pod);
    if (pod.phase !== 'ended') await answerFromLog(observatory, placement, pod.nodeName);
    // What an ended pod said last is with its session, which tells the end; once told, it is told again.
    else if (placement.drained) await answerFromEnd(observatory, placement, pod);
  };

async function answerFromLog(
  observatory: Observatory,
  placement: Placement,
  nodeName: string | null,
  doubtMs = 0,
): Promise<void> {
  const { reporter, clock, ports } = observatory;
  const { execution, attempt, podName } = placement;
  const of = { execution, attempt, podName: podName ?? '' };
  let startedAt: number | null = null;
  const end = await readToEnd(ports.outputLog, execution, attempt, 0, (frame) => {
    if (frame.number === 0) startedAt = frame.at;
  });
  if (end.exit !== null) {
    await reporter.bus.publish(exitedEvents(reporter.speaker, of, end.exit, end.last));
    return;
  }
  const isSilent = startedAt === null && clock.now() - placement.placedAt > silentMaxMs;
  if (end.seal !== null || isSilent) {
    await reportGone(reporter, of, 'The supervisor did not say that it began');
    return;
  }
  if (startedAt === null) return;
  const input = await runInputOf(ports.documents, execution);
  if (input !== null && isOverdue(startedAt, input, clock.now() - doubtMs)) {
    const payload = { execution_id: execution, attempt };
    await reporter.bus.publish([attemptEvent(reporter.speaker, 'pod_overdue', payload)]);
    return;
  }
  await sayRunning(observatory, of, { name: of.podName, nodeName });
}

async function answerFromEnd(observatory: Observatory, placement: Placement, pod: PodStatus): Promise<void> {
  const { reporter, ports } = observatory;
  const { execution, attempt } = placement;
  const { last, exit, seal } = await readToEnd(ports.outputLog, execution, attempt, 0);
  if (exit === null) return concludeEnded(observatory, { execution, attempt, stored: last, seal }, pod);
  const of = { execution, attempt, podName: pod.name };
  await reporter.bus.publish(exitedEvents(reporter.speaker, of, exit, last));
}

/** Beyond limit, pause and margin: the supervisor itself should have ended it long ago. */
export const isOverdue = (startedAt: number, input: Pick<RunInput, 'limits'>, now: number): boolean =>
  now - startedAt > input.limits.timeoutMs + pauseMaxMs + overdueMarginMs;
