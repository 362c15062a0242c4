// load → step → commit. Nothing is performed here: what a turn asks for leaves through the record's outbox.
import type { DurableMachine } from '#machines/durable.ts';
import { type StepOutcome, stepWith } from '#machines/step.ts';
import { unavailable } from '#src/domain/errors.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import type { JsonObject } from '#src/domain/json.ts';
import { allSent, type SagaRecord } from '#src/domain/saga-record.ts';
import { isOversized } from '#src/domain/sizes.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { CommitOutcome, RecordRef, Records } from '#src/ports/records.ts';
import type { TurnOutcome } from '#src/ports/sagas.ts';
import { inItsPlace, isFull } from './room.ts';

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
  | { kind: 'taken'; unique: string }
  /** Only a process of a newer version understands the record. No fault, and nothing was changed. */
  | { kind: 'newer' }
  /** So much that the record says has not left yet that its deadline, which only asks, has to wait. Nothing was changed. */
  | { kind: 'full' };

interface TurnPorts {
  clock: Clock;
  records: Records;
}

export interface TurnChoices {
  /** What of a record is on the bus; the commit carries that mark, and leaves those rows behind. */
  sentThrough(record: SagaRecord): number;
  /** What a record has to say that is not on the bus yet. */
  unsaid(record: SagaRecord): DomainEvent[];
  /** The machine that steps it; null when only a newer process can. */
  toStep(record: SagaRecord): DurableMachine | null;
  /** What this process committed of it last. */
  known(ref: RecordRef): SagaRecord | null;
}

/** Other processes may commit in between; after so many the message waits for its redelivery. */
const triesMax = 8;

export function turn(ports: TurnPorts, command: TurnCommand, choices: TurnChoices): Promise<TurnResult> {
  const { cause, event, arming } = command;
  const incoming = { cause, event, ...(arming === undefined ? {} : { arming }) };
  const step = (machine: DurableMachine, record: SagaRecord, now: number) =>
    stepWith(machine, record, incoming, now);
  return change(ports, command, choices, step, arming !== undefined);
}

type Step = (machine: DurableMachine, record: SagaRecord, now: number) => StepOutcome;

/** Commits what becomes of the record, and looks again when somebody else was faster. */
export async function change(
  ports: TurnPorts,
  { machine, id }: RecordRef,
  choices: TurnChoices,
  step: Step,
  /** It is a deadline's firing. */
  asks = false,
): Promise<TurnResult> {
  let known = choices.known({ machine, id });
  for (let tries = 0; tries < triesMax; tries += 1) {
    const record = known ?? (await ports.records.load(machine, id));
    if (record === null) return { kind: 'absent' };
    const result = await changeOf(ports, record, choices, step, asks);
    if (result?.kind === 'committed' || (result !== null && known === null)) return result;
    known = null;
  }
  throw unavailable(`a version of ${machine} ${id} without conflict`);
}

/** Null when the record is another by now. */
async function changeOf(
  ports: TurnPorts,
  record: SagaRecord,
  { sentThrough, unsaid, toStep }: TurnChoices,
  step: Step,
  asks: boolean,
): Promise<TurnResult | null> {
  const machine = toStep(record);
  if (machine === null) return { kind: 'newer' };
  const marked = { ...record, sentThrough: sentThrough(record) };
  if (asks && isFull(marked)) return { kind: 'full' };
  const result = step(machine, marked, ports.clock.now());
  if (result.kind === 'unchanged') return { kind: 'unchanged', record };
  if (result.kind === 'newer') return result;
  const { written, outcome } = await commit(ports.records, result.record, unsaid).catch((error: unknown) => {
    if (!isOversized(error)) throw error;
    const smaller = inItsPlace(marked, ports.clock.now(), (lighter, now) => step(machine, lighter, now));
    return commit(ports.records, smaller, unsaid);
  });
  if (outcome.kind === 'taken') return outcome;
  if (outcome.kind === 'conflict') return null;
  const committed = outcome.published === true ? allSent(written) : written;
  return { kind: 'committed', record: committed, before: record };
}

async function commit(
  records: Records,
  record: SagaRecord,
  unsaid: TurnChoices['unsaid'],
): Promise<{ written: SagaRecord; outcome: CommitOutcome }> {
  return { written: record, outcome: await records.commit(record, unsaid(record)) };
}
