// What is done to one pod: its group set to a run's limits, its lines handed over, its end.
import { DomainError } from '#src/domain/errors.ts';
import type { Limits } from '#src/domain/execution.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { PodChannel } from '#src/ports/pods.ts';

import type { Pod } from './pod.ts';

/** So long a deletion waits for the proof by itself: it mostly comes within a few milliseconds. */
const proofMs = 250;

export async function limitGroup(pod: Pod, limits: Limits): Promise<void> {
  if (pod.gone) return;
  try {
    await pod.group?.limit(limits);
  } catch (error) {
    // It ended under our hands, and its group with it. Any other failure would leave a run without its limits.
    if (pod.phase !== 'ended' && !pod.gone && !pod.terminating) throw error;
  }
}

export function attachTo(pod: Pod): PodChannel {
  const { lines, isAttached, detach } = pod.sandbox.output.attach();
  return {
    async write(text) {
      if (!isAttached() || pod.gone) throw new DomainError('not_found', 'The pod is gone');
      await pod.sandbox.write(text);
    },
    lines: () => lines,
    close: detach,
  };
}

export async function deletePod(
  pod: Pod,
  clock: Clock,
  { force, graceMs }: { force: boolean; graceMs: number },
): Promise<void> {
  const { sandbox } = pod;
  if (force || graceMs <= 0) sandbox.kill();
  else {
    sandbox.terminate();
    const cancel = clock.after(graceMs, () => sandbox.kill());
    sandbox.ended.then(cancel);
  }
  const waited = Promise.withResolvers<void>();
  const cancel = clock.after(proofMs, waited.resolve);
  await Promise.race([sandbox.ended, waited.promise]);
  cancel();
}
