// Attaches to warm pods before anybody claims them, in processes that will speak with them: opening an attachment takes longer than
// giving a job. Only a gain in time: whatever fails here is done when the pod is claimed.
import type { Clock } from '#src/ports/clock.ts';
import { labels } from './names.ts';
import type { PodChannels } from './pod-channels.ts';
import { podStatus } from './pod-status.ts';
import type { PodView } from './pod-view.ts';

export interface WarmAttachmentsOptions {
  view: PodView;
  channels: PodChannels;
  clock: Pick<Clock, 'monotonic'>;
}

/** A claimed pod that nobody here opened by then is another process's. */
const ownWithinMs = 5_000;
/** Each costs the cluster a few megabytes. */
const preparedMax = 128;

export function attachToWarmPods({ view, channels, clock }: WarmAttachmentsOptions): void {
  const takenAt = new Map<string, number>();
  view.onChange(() => {
    const now = clock.monotonic();
    const prepared = new Set(channels.prepared());
    const warm = new Set<string>();
    for (const pod of view.pods()) {
      const status = podStatus(pod);
      if (status === null || pod.metadata?.labels?.[labels.state] !== 'warm') continue;
      if (status.phase !== 'running' || status.terminating) continue;
      warm.add(status.uid);
      if (prepared.size < preparedMax && !prepared.has(status.uid)) channels.prepare(status);
    }
    for (const uid of prepared) {
      if (warm.has(uid)) continue;
      const since = takenAt.get(uid) ?? now;
      takenAt.set(uid, since);
      if (now - since > ownWithinMs) channels.forgo(uid);
    }
    for (const uid of takenAt.keys()) if (!prepared.has(uid)) takenAt.delete(uid);
  });
}
