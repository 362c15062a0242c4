// Whom a committed turn wakes. Hints carry no data and may be lost: everybody who is woken reads for himself.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { erasureChannel, type LiveFeed, queueChannel, runChannel } from '#src/ports/live-feed.ts';

export function sendHints(liveFeed: LiveFeed, before: SagaRecord | null, after: SagaRecord): void {
  liveFeed.hint(runChannel(after.id));
  if (after.deletedAt !== null) liveFeed.hint(erasureChannel);
  const queued = after.state === 'queued' || before?.state === 'queued';
  if (queued || slotsOf(before) > slotsOf(after)) liveFeed.hint(queueChannel);
}

const slotsOf = (record: SagaRecord | null): number =>
  record?.uniques.filter((unique) => unique.startsWith('slot:')).length ?? 0;
