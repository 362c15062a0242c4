// The events of a run as its record's turns tell them: what was heard, then what was said. So a follower needs no bus.
// Commands are orders among ourselves and are not told. Pure.
import { contextOf, executionStatus } from '#machines/execution/describe.ts';
import { type EventType, isEventType } from '#src/domain/events.ts';
import type { ExecutionStatus } from '#src/domain/execution.ts';
import type { SagaRecord, Turn } from '#src/domain/saga-record.ts';

export interface RunEvent {
  event_type: EventType;
  /** Null where the turn does not tell it. */
  event_id: string | null;
  /** Milliseconds since 1970. */
  at: number;
  status: ExecutionStatus;
}

const heard: Readonly<Record<string, readonly EventType[]>> = {
  POD_CREATED: ['pod_created'],
  POD_RUNNING: ['pod_running'],
  POD_EXITED: ['pod_terminated'],
  POD_LOST: ['pod_lost'],
  POD_UNSTARTABLE: ['pod_unstartable'],
  POD_OVERDUE: ['pod_overdue'],
  POD_DELETED: ['pod_deleted'],
};

const unfinished = ['queued', 'starting', 'running', 'stopping', 'collecting'];

/** The events of all turns after this one, in order. */
export const eventsAfter = (record: SagaRecord, turn: number): RunEvent[] =>
  record.turns.filter(({ number }) => number > turn).flatMap((each) => eventsOf(record, each));

function eventsOf(record: SagaRecord, turn: Turn): RunEvent[] {
  const status = statusAfter(record, turn);
  const { at, cause } = turn;
  const causes = heardIn(turn).map((event_type, index, all) => {
    // The last one is the message that caused the turn; those before it only came with it.
    const event_id = index === all.length - 1 ? cause : null;
    return { event_type, event_id, at, status };
  });
  const said = turn.effects.flatMap((type, index) => {
    if (!isEventType(type) || type.endsWith('_command')) return [];
    return [{ event_type: type, event_id: `${record.id}/${cause}/${index}`, at, status }];
  });
  return [...causes, ...said];
}

function heardIn({ event }: Turn): readonly EventType[] {
  const types = heard[event.type] ?? [];
  if (event.type !== 'POD_EXITED') return types;
  const { exit } = event;
  const fine = typeof exit === 'object' && exit !== null && 'exitCode' in exit && exit.exitCode === 0;
  return [fine ? 'pod_succeeded' : 'pod_failed', ...types];
}

/** A verdict is never changed, so that today's is that of every turn since it fell. */
function statusAfter({ snapshot }: SagaRecord, turn: Turn): ExecutionStatus {
  const context = unfinished.includes(turn.to) ? { ...snapshot.context, verdict: null } : snapshot.context;
  return executionStatus({ ...snapshot, value: turn.to, context });
}

/** What the verdict was followed by; null before it. */
export function resultEvent(record: SagaRecord): RunEvent | null {
  const { verdict, endedAt } = contextOf(record.snapshot);
  if (verdict === null) return null;
  const told = eventsAfter(record, 0).findLast(({ event_type }) => isResultEvent(event_type));
  if (told !== undefined) return told;
  // Its turn has left the record; a result that could not be kept has a reason of its own.
  const event_type = verdict.reason === 'result_lost' ? 'result_failed' : 'result_stored';
  const status = executionStatus(record.snapshot);
  return { event_type, event_id: null, at: endedAt ?? record.at, status };
}

export const isResultEvent = (type: EventType): boolean =>
  type === 'result_stored' || type === 'result_failed';
