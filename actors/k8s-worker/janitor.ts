// Takes away pods that belong to nobody. Pods are listed first and then what they belong to is read: a pod's placement is
// older than the pod, so a placement that is not found then never was.
import { splitAttemptKey } from '#src/domain/ids.ts';
import type { PodStatus } from '#src/ports/pods.ts';
import { keepLooking } from '../looking.ts';
import type { Placement } from '../placements.ts';
import type { Child } from '../role.ts';
import type { Workshop } from './workshop.ts';

const lookEachMs = 5_000;

export function janitor(workshop: Workshop): Child {
  return {
    name: 'janitor',
    async run({ signal, ready }) {
      ready();
      const look = async (): Promise<number> => {
        await tidy(workshop, signal);
        return lookEachMs;
      };
      await keepLooking(workshop.ports, signal, { name: 'janitor', look, patienceMs: lookEachMs });
    },
  };
}

async function tidy(workshop: Workshop, signal: AbortSignal): Promise<void> {
  for (const pod of await workshop.pods.list()) {
    if (signal.aborted) return;
    const of = pod.key === null ? null : splitAttemptKey(pod.key);
    if (of === null) continue;
    const placement = await workshop.placements.get(of.execution, of.attempt);
    if (!isStray(pod, placement)) continue;
    workshop.ports.logger.warn({ pod: pod.name, uid: pod.uid, key: pod.key }, 'a pod of nobody is deleted');
    await workshop.pods.delete(pod.uid, { force: true, graceMs: 0 });
  }
}

/** Of no attempt, of one that is over, or not the one pod of its attempt. */
export function isStray(pod: PodStatus, placement: Placement | null): boolean {
  if (placement === null || placement.state === 'gone') return true;
  return placement.podUid !== null && placement.podUid !== pod.uid;
}
