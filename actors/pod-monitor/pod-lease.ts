// One monitor for one pod, where all processes see the same pods. An optimisation: a lease that cannot be had because its store
// is away stops nobody, and two monitors with one pod are harmless.
import type { PodStatus } from '#src/ports/pods.ts';
import { isPassing, wordsOf } from '../failure.ts';
import { keepLooking } from '../looking.ts';
import type { Observatory } from './observatory.ts';

const leaseMs = 10_000;
const renewEachMs = 3_000;

/** Works while the pod is ours; answers null when it is another's, and aborts the work when it becomes so. */
export async function withLease<Result>(
  observatory: Observatory,
  pod: PodStatus,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | null> {
  const { pods, ports, settings } = observatory;
  if (pods.ownedByProcess === true) return work(signal);
  const name = `pod:${pod.uid}`;
  const isOurs = async (): Promise<boolean> => {
    try {
      return (await ports.leases.acquire(name, settings.process, leaseMs)) !== null;
    } catch (error) {
      if (!isPassing(error)) throw error;
      ports.logger.warn({ lease: name, error: wordsOf(error) }, 'a lease is not to be had, going on without');
      return true;
    }
  };
  if (!(await isOurs())) return null;
  const mine = new AbortController();
  const leave = (): void => mine.abort();
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  let isFirst = true;
  const look = async (): Promise<number> => {
    if (!isFirst && !(await isOurs())) leave();
    isFirst = false;
    return renewEachMs;
  };
  const renewing = keepLooking(ports, mine.signal, { name: 'pod-lease', look, patienceMs: renewEachMs });
  try {
    return await work(mine.signal);
  } finally {
    leave();
    signal.removeEventListener('abort', leave);
    await Promise.allSettled([renewing]);
    await Promise.allSettled([ports.leases.release(name, settings.process)]);
  }
}
