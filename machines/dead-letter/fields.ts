// The indexed fields of a letter's record: all that lists of letters filter and sort by.
import type { Fields, Snapshot } from '#src/domain/saga-record.ts';
import { contextOf } from './snapshot.ts';

export function fields(snapshot: Snapshot): Fields {
  const context = contextOf(snapshot);
  return {
    status: snapshot.value,
    originalTopic: context.topic,
    originalType: context.eventType,
    key: context.key,
    group: context.group,
    producer: context.producer,
    error: context.error,
    failedAt: context.failedAt,
    failedLastAt: context.failedLastAt,
    retryCount: context.redrives,
    nextRetryAt: context.nextRetryAt,
    policy: context.policy?.kind ?? null,
  };
}
