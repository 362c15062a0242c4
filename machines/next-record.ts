// What a step makes of a record: effects become outbox rows and timers, the turn becomes history. Pure bookkeeping.
import type { JsonObject } from '#src/domain/json.ts';
import type { Fields, OutboxRow, SagaRecord, Timer, Turn } from '#src/domain/saga-record.ts';
import type { DurableMachine, Effect, Stepped } from './durable.ts';

const turnsKept = 20;
/** Older turns leave so many at a time, so that the history costs a row only now and then. */
const turnsArchived = 10;
const seenKept = 64;

interface First {
  id: string;
  input: JsonObject;
  cause: string;
  at: number;
  uniques?: readonly string[];
  fields?: Fields;
}

export function firstRecord(machine: DurableMachine, first: First, stepped: Stepped): SagaRecord {
  const { id, at } = first;
  const empty: SagaRecord = {
    machine: machine.name,
    id,
    version: 0,
    machineVersion: machine.version,
    state: '',
    fields: first.fields ?? {},
    uniques: [...(first.uniques ?? [])],
    snapshot: stepped.snapshot,
    at,
    createdAt: at,
    turnCount: 0,
    turns: [],
    seen: [],
    outbox: [],
    nextRow: 1,
    sentThrough: 0,
    timers: [],
    nextDeadline: null,
    final: false,
    deletedAt: null,
    quarantine: null,
  };
  const event = { type: 'ACCEPTED', at, input: first.input };
  return nextRecord(machine, empty, { cause: first.cause, event, fired: null }, stepped);
}

export interface Taken {
  cause: string;
  event: JsonObject & { type: string; at: number };
  /** The timer that caused it. */
  fired: Timer | null;
}

export function nextRecord(
  machine: DurableMachine,
  record: SagaRecord,
  taken: Taken,
  { snapshot, effects }: Stepped,
): SagaRecord {
  const next = withTurn(record, taken, snapshot.value, effects);
  const final = snapshot.status === 'done';
  const timers = final ? [] : armedTimers(record, taken.fired, snapshot.value, effects, next.version);
  return {
    ...next,
    machineVersion: machine.version,
    state: snapshot.value,
    fields: { ...record.fields, ...machine.fields(snapshot) },
    uniques: [...record.uniques.filter(isExtra), ...machine.uniques(snapshot)],
    snapshot,
    timers,
    nextDeadline: timers.length === 0 ? null : Math.min(...timers.map((timer) => timer.at)),
    final,
    quarantine: null,
  };
}

/** The turn in the record's history, and its effects in the outbox; what the record is stays as it was. */
export function withTurn(
  record: SagaRecord,
  taken: Taken,
  to: string,
  effects: readonly Effect[],
): SagaRecord {
  const { turns, archived } = history(record, taken, to, effects);
  const rows = outboxRows(record, taken, effects, archived);
  return {
    ...record,
    version: record.version + 1,
    at: taken.event.at,
    turnCount: record.turnCount + 1,
    turns,
    seen: [...record.seen, taken.cause].slice(-seenKept),
    outbox: [...record.outbox.filter((row) => row.n > record.sentThrough), ...rows],
    nextRow: record.nextRow + rows.length,
  };
}

/** What a machine holds by its state; all other values are kept as long as the record. */
const byState = ['slot:', 'leaving:'];
const isExtra = (unique: string): boolean => !byState.some((prefix) => unique.startsWith(prefix));

/** Leaving a state disarms its deadline, firing removes a timer, arming replaces one. */
function armedTimers(
  record: SagaRecord,
  fired: Timer | null,
  state: string,
  effects: readonly Effect[],
  arming: number,
): Timer[] {
  let timers = record.state === state ? record.timers : [];
  if (fired !== null) timers = without(timers, fired.name);
  for (const effect of effects) {
    if (effect.type !== 'armTimer') continue;
    timers = [...without(timers, effect.name), { name: effect.name, at: effect.at, arming }];
  }
  return timers;
}

const without = (timers: readonly Timer[], name: string): Timer[] =>
  timers.filter((timer) => timer.name !== name);

function history(
  record: SagaRecord,
  { cause, event }: Taken,
  to: string,
  effects: readonly Effect[],
): { turns: Turn[]; archived: Turn[] } {
  const turn: Turn = {
    number: record.turnCount + 1,
    at: event.at,
    cause,
    event,
    from: record.state,
    to,
    effects: effects.map(({ type }) => type).filter((type) => type !== 'armTimer'),
  };
  const turns = [...record.turns, turn];
  const surplus = turns.length - turnsKept;
  return surplus < turnsArchived
    ? { turns, archived: [] }
    : { turns: turns.slice(surplus), archived: turns.slice(0, surplus) };
}

function outboxRows(
  record: SagaRecord,
  { cause, event }: Taken,
  effects: readonly Effect[],
  archived: readonly Turn[],
): OutboxRow[] {
  const events = effects.filter((effect) => effect.type !== 'armTimer');
  const rows = events.map(({ type, payload }) => ({ type, payload }));
  if (archived.length > 0) rows.push(archive(record.machine, record.id, archived));
  return rows.map(({ type, payload }, index) => ({
    n: record.nextRow + index,
    id: `${record.id}/${cause}/${index}`,
    type,
    at: event.at,
    payload,
  }));
}

const archive = (saga_name: string, saga_id: string, turns: readonly Turn[]) => ({
  type: 'saga_turns_archived' as const,
  payload: { saga_id, saga_name, turns: turns.map((turn) => ({ ...turn })) },
});
