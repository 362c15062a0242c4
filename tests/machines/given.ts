// Given events, when one more comes, then: the records and effects that follow. Nothing runs but the step itself.

import type { DurableMachine } from '#machines/durable.ts';
import { machineNamed } from '#machines/registry.ts';
import { startRecord, stepWith } from '#machines/step.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type { OutboxRow, SagaRecord } from '#src/domain/saga-record.ts';
import { type Incoming, input } from './execution-events.ts';

export interface Outcome {
  kind: 'unchanged' | 'changed' | 'quarantined' | 'newer';
  before: SagaRecord;
  record: SagaRecord;
  /** What this event asked for. */
  rows: OutboxRow[];
  effects: string[];
}

export interface Given {
  record: SagaRecord;
  /** Delivers one more event; time stands still unless it is said. */
  when(event: Incoming, now?: number): Outcome;
}

export const startedAt = 1_000_000;

export function accepted(overrides: JsonObject = {}): SagaRecord {
  const machine = machineNamed('execution');
  if (machine === null) throw new Error('the execution machine is not registered');
  return startRecord(machine, {
    id: 'run-1',
    input: { ...input, ...overrides },
    cause: 'request-1',
    at: startedAt,
  });
}

/** A run to which these events came in turn, each of which must have changed it. */
export function given(...events: Incoming[]): Given {
  return givenRecord(accepted(), ...events);
}

export function givenRecord(from: SagaRecord, ...events: Incoming[]): Given {
  let record = from;
  for (const event of events) {
    const outcome = deliver(record, event);
    if (outcome.kind !== 'changed') throw new Error(`${event.type} is ${outcome.kind} in ${record.state}`);
    record = outcome.record;
  }
  const settled = record;
  return { record: settled, when: (event, now) => deliver(settled, event, now) };
}

let deliveries = 0;

/** Each delivery has a cause of its own, so that only the machine itself can tell a repetition. */
export function deliver(record: SagaRecord, event: Incoming, now = record.at): Outcome {
  const machine = machineNamed(record.machine);
  if (machine === null) throw new Error(`${record.machine} is not registered`);
  return deliverTo(machine, record, event, now);
}

/** The same to a version that is not registered. */
export function deliverTo(
  machine: DurableMachine,
  record: SagaRecord,
  event: Incoming,
  now = record.at,
): Outcome {
  deliveries += 1;
  const timer = record.timers.find(({ name }) => name === event.name);
  const arming = event.type === 'TIMER_FIRED' && timer !== undefined ? { arming: timer.arming } : {};
  const outcome = stepWith(machine, record, { cause: `cause-${deliveries}`, event, ...arming }, now);
  const after = 'record' in outcome ? outcome.record : record;
  const rows = after.outbox.filter(({ n }) => n >= record.nextRow);
  return { kind: outcome.kind, before: record, record: after, rows, effects: rows.map(({ type }) => type) };
}
