// load → step → commit. Nothing is performed here: what a turn asks for leaves through the record's outbox.
import { step } from '#machines/step.ts';
import { unavailable } from '#src/domain/errors.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Records } from '#src/ports/records.ts';
import type { TurnOutcome } from '#src/ports/sagas.ts';

export interface TurnCommand {
  machine: string;
  id: string;
  /** Id of the message, request or timer: a repetition changes nothing. */
  cause: string;
  event: JsonObject & { type: string };
  /** For a timer: only this very arming may fire. */
  arming?: number;
}

export type TurnResult =
  | TurnOutcome
  /** Another record holds a unique value that the turn would take. */
  | { kind: 'taken'; unique: string };

interface TurnPorts {
  clock: Clock;
  records: Records;
}

/** Other processes may commit in between; after so many the message waits for its redelivery. */
const triesMax = 8;

/** `sentThrough`: what of a record is on the bus; the commit carries that mark, and leaves those rows behind. */
export async function turn(
  ports: TurnPorts,
  command: TurnCommand,
  sentThrough: (record: SagaRecord) => number,
): Promise<TurnResult> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const record = await ports.records.load(command.machine, command.id);
    if (record === null) return { kind: 'absent' };
    const marked = { ...record, sentThrough: sentThrough(record) };
    const next = stepped(marked, command, ports.clock.now());
    if (next === null) return { kind: 'unchanged', record };
    const outcome = await ports.records.commit(next);
    if (outcome.kind === 'committed') return { kind: 'committed', record: next, before: record };
    if (outcome.kind === 'taken') return outcome;
  }
  throw unavailable(`a version of ${command.machine} ${command.id} without conflict`);
}

function stepped(record: SagaRecord, command: TurnCommand, now: number): SagaRecord | null {
  const { cause, event, arming } = command;
  const result = step(record, { cause, event, ...(arming === undefined ? {} : { arming }) }, now);
  if (result.kind === 'unchanged') return null;
  // Not a fault: a process that knows the newer version takes the message when it comes again.
  if (result.kind === 'newer')
    throw unavailable(`a process that knows ${record.machine} ${record.machineVersion}`);
  return result.record;
}
