// Records for the contract suites: whole and consistent, with only the parts that a test speaks of changed.
import type { OutboxRow, SagaRecord, Timer } from '#src/domain/saga-record.ts';

export const sampleMachine = 'execution';

export const sampleRow = (n: number, at: number): OutboxRow => ({
  n,
  id: `row-${n}`,
  type: 'inspect_pod_command',
  at,
  payload: { execution_id: 'sample', attempt: 1 },
});

export const sampleTimer = (name: string, at: number, arming = 1): Timer => ({ name, at, arming });

/** A first version; `nextDeadline` and `nextRow` follow from the timers and the outbox unless they are given. */
export function sampleRecord(id: string, parts: Partial<SagaRecord> = {}): SagaRecord {
  const timers = parts.timers ?? [];
  const outbox = parts.outbox ?? [];
  const deadlines = timers.map((timer) => timer.at);
  return {
    machine: sampleMachine,
    id,
    version: 1,
    machineVersion: 1,
    state: 'queued',
    fields: {},
    uniques: [],
    snapshot: {
      value: parts.state ?? 'queued',
      status: 'active',
      context: { attempt: 1, nested: { words: ['ä', '"'] } },
    },
    at: 1_000,
    createdAt: 1_000,
    turnCount: 1,
    turns: [
      {
        number: 1,
        at: 1_000,
        cause: 'request-1',
        event: { type: 'ADMITTED', slot: 1 },
        from: 'queued',
        to: 'starting',
        effects: ['create_pod_command'],
      },
    ],
    seen: ['request-1'],
    outbox,
    nextRow: (outbox.at(-1)?.n ?? 0) + 1,
    sentThrough: 0,
    timers,
    nextDeadline: deadlines.length === 0 ? null : Math.min(...deadlines),
    final: false,
    deletedAt: null,
    quarantine: null,
    ...parts,
  };
}

/** The version after this one, with the parts changed. */
export const nextVersion = (record: SagaRecord, parts: Partial<SagaRecord> = {}): SagaRecord =>
  sampleRecord(record.id, { ...record, ...deadlineOf(parts), version: record.version + 1, ...parts });

function deadlineOf(parts: Partial<SagaRecord>): Partial<SagaRecord> {
  if (parts.timers === undefined) return {};
  const deadlines = parts.timers.map((timer) => timer.at);
  return { nextDeadline: deadlines.length === 0 ? null : Math.min(...deadlines) };
}
