// From a pod's uid to its lines: waits for a pod that is starting, and finds out why there is no attachment when there is none.
import { DomainError, isUnavailable, unavailable } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { PodChannel, PodStatus } from '#src/ports/pods.ts';
import { pause } from './pause.ts';
import type { PodChannels } from './pod-channels.ts';

export interface AttachingOptions {
  channels: PodChannels;
  clock: Clock;
  get(uid: string): Promise<PodStatus | null>;
  /** As it was heard of last, perhaps a moment ago. */
  known(uid: string): PodStatus | null;
}

const startWithinMs = 20_000;
const lookEachMs = 50;

/** @throws not_found when there is no such pod; unavailable when it cannot be reached, or does not start for long */
export const attaching =
  ({ channels, clock, get, known }: AttachingOptions) =>
  async (uid: string): Promise<PodChannel> => {
    const seen = known(uid);
    if (seen?.phase === 'running') {
      const channel = await channels.open(seen).catch(orNone);
      if (channel !== null) return channel;
    }
    const began = clock.monotonic();
    for (;;) {
      const pod = await get(uid);
      if (pod === null) throw new DomainError('not_found', 'The pod is gone');
      if (pod.phase !== 'pending') return openOr(() => channels.open(pod), get, uid);
      if (clock.monotonic() - began > startWithinMs)
        throw unavailable(`kubernetes: ${pod.name} has not started`);
      await pause(clock, lookEachMs);
    }
  };

/** A pod that went while it was attached to is gone, and not only out of reach. */
async function openOr(
  open: () => Promise<PodChannel>,
  get: (uid: string) => Promise<PodStatus | null>,
  uid: string,
): Promise<PodChannel> {
  try {
    return await open();
  } catch (error) {
    if (isUnavailable(error) && (await get(uid)) === null) {
      throw new DomainError('not_found', 'The pod is gone', { cause: error });
    }
    throw error;
  }
}

/** What was heard of the pod is not true any more, or it cannot be reached: a fresh look tells. */
function orNone(error: unknown): null {
  if (isUnavailable(error)) return null;
  throw error;
}
