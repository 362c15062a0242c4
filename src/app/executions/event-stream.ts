// A run's events as they happen, for clients that wait for `result_stored`. Told from the record's turns; the result comes
// last, and then the stream ends. A run that is over is told of at once.
import { describeExecution } from '#machines/execution/describe.ts';
import { executionNotFound } from '#src/domain/errors.ts';
import type { EventType } from '#src/domain/events.ts';
import type { ExecutionStatus } from '#src/domain/execution.ts';
import { isPresent, type SagaRecord } from '#src/domain/saga-record.ts';
import { runChannel } from '#src/ports/live-feed.ts';
import type { ExecutionDeps } from './dependencies.ts';
import { type ExecutionResult, moment } from './result-view.ts';
import { machineName, presentRun } from './stored.ts';
import { lookEveryMs } from './stream.ts';
import { eventsAfter, isResultEvent, type RunEvent, resultEvent } from './turn-events.ts';
import { resultOf } from './view.ts';
import { createWake } from './wake.ts';

export interface ExecutionEventFrame {
  event_type: EventType | 'status';
  execution_id: string;
  timestamp: string;
  event_id: string | null;
  status: ExecutionStatus;
  result: ExecutionResult | null;
}

export async function* executionEvents(
  deps: ExecutionDeps,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<ExecutionEventFrame> {
  const { clock, liveFeed, records } = deps.ports;
  const wake = createWake(clock, signal);
  const leave = liveFeed.subscribe(runChannel(id), wake.ring);
  try {
    const first = await presentRun(records, id);
    yield statusFrame(first, clock.now());
    const result = resultEvent(first);
    if (result !== null) return void (yield await frameOf(deps, first, result));
    let told = first.turnCount;
    while (!signal.aborted) {
      const record = await records.load(machineName, id);
      if (!isPresent(record)) throw executionNotFound();
      for (const event of eventsAfter(record, told)) {
        yield await frameOf(deps, record, event);
        if (isResultEvent(event.event_type)) return;
      }
      told = record.turnCount;
      await wake.wait(lookEveryMs);
    }
  } finally {
    leave();
  }
}

const statusFrame = (record: SagaRecord, now: number): ExecutionEventFrame => ({
  event_type: 'status',
  execution_id: record.id,
  timestamp: moment(now),
  event_id: null,
  status: describeExecution(record).status,
  result: null,
});

async function frameOf(
  deps: ExecutionDeps,
  record: SagaRecord,
  { event_type, event_id, at, status }: RunEvent,
): Promise<ExecutionEventFrame> {
  const result = event_type === 'result_stored' ? await resultOf(deps, record) : null;
  return { event_type, execution_id: record.id, timestamp: moment(at), event_id, status, result };
}
