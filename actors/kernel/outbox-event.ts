// A record's outbox row as the message that the bus carries.
import { accountRemovalMachineName } from '#src/domain/account-removal.ts';
import type { DomainEvent, EventMetadata } from '#src/domain/events.ts';
import type { OutboxRow, SagaRecord } from '#src/domain/saga-record.ts';

export interface Producer {
  service: string;
  serviceVersion: string;
}

export function outboxEvent(record: SagaRecord, row: OutboxRow, producer: Producer): DomainEvent {
  const user = record.fields.userId;
  const metadata: EventMetadata = {
    service: producer.service,
    serviceVersion: producer.serviceVersion,
    ...(typeof user === 'string' ? { userId: user } : {}),
  };
  const event = {
    id: row.id,
    type: row.type,
    at: row.at,
    key: keyOf(record, row),
    payload: row.payload,
    metadata,
  };
  // The step has checked the payload against the schema of its type; consumers check it again.
  return event as unknown as DomainEvent;
}

/** What is about an account is ordered by its user, all else by its record. */
function keyOf({ machine, id, fields }: SagaRecord, { payload }: OutboxRow): string {
  return machine === accountRemovalMachineName && payload.user_id === fields.userId
    ? String(fields.userId)
    : id;
}
