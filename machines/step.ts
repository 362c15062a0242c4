// The only caller of a chart's transitions: (record, event, time) → next record. Pure, so that the kernel, a test
// and a page in the browser step alike. It never throws for a record that it cannot understand: that is quarantined.
import { Value } from '@sinclair/typebox/value';
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { fits } from '#src/domain/fits.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type { Fields, SagaRecord, Snapshot, Timer } from '#src/domain/saga-record.ts';
import { deleted } from './deleted.ts';
import type { DurableMachine, Effect, Stepped } from './durable.ts';
import type { Effects } from './emitted.ts';
import { type Action, inertScope } from './inert-scope.ts';
import { firstRecord, nextRecord } from './next-record.ts';
import { quarantined, quarantineTimer, released, type Why } from './quarantine.ts';
import { raised } from './raise.ts';
import { machineNamed } from './registry.ts';

export interface Start {
  id: string;
  input: JsonObject;
  /** Id of the request or message that caused it. */
  cause: string;
  at: number;
  /** Further values that only this record may hold, kept for ever. */
  uniques?: readonly string[];
  /** Further indexed fields, kept for ever. */
  fields?: Fields;
}

export interface Incoming {
  /** Id of the message, request or timer. A repetition changes nothing. */
  cause: string;
  event: JsonObject & { type: string };
  /** For a timer's firing: the version that armed it. */
  arming?: number;
}

export type StepOutcome =
  | { kind: 'unchanged' }
  | { kind: 'changed'; record: SagaRecord }
  /** The record as it is to be committed: set aside, with a deadline of its own. */
  | { kind: 'quarantined'; record: SagaRecord }
  /** Written by a newer version: no fault, and not for this process. */
  | { kind: 'newer' };

/** Throws for an input that the machine's context cannot hold: a programmer's error, found before anything is accepted. */
export function startRecord(machine: DurableMachine, start: Start): SagaRecord {
  const { id, input, cause, at } = start;
  const { scope, actions } = inertScope();
  const snapshot: AnyMachineSnapshot = machine.machine.getInitialSnapshot(scope, { ...input, at, cause });
  const stepped = { snapshot: plain(snapshot), effects: effectsOf(actions) };
  assertFits(machine, stepped.snapshot.context);
  return firstRecord(machine, { ...start, id }, stepped);
}

export function step(record: SagaRecord, incoming: Incoming, now: number): StepOutcome {
  const machine = machineNamed(record.machine);
  return machine === null ? { kind: 'newer' } : stepWith(machine, record, incoming, now);
}

/** As `step`, with the machine given: for versions side by side. */
export function stepWith(
  machine: DurableMachine,
  record: SagaRecord,
  { cause, event, arming }: Incoming,
  now: number,
): StepOutcome {
  if (record.final || record.seen.includes(cause)) return { kind: 'unchanged' };
  if (record.machineVersion > machine.version) return { kind: 'newer' };
  const fired = armed(record, event, arming);
  if (event.type === 'TIMER_FIRED' && fired === null) return { kind: 'unchanged' };
  if (record.quarantine !== null && fired?.name !== quarantineTimer) return { kind: 'unchanged' };
  const at = Math.max(now, record.at);
  const turn = { cause, event: { ...event, at }, fired };
  try {
    if (record.quarantine !== null) {
      return { kind: 'changed', record: nextRecord(machine, record, turn, machine.abandon(record, at)) };
    }
    const before = raised(machine, record);
    const stepped = take(machine, before.snapshot, turn.event);
    if (fired === null && isSame(before.snapshot, stepped)) return { kind: 'unchanged' };
    return { kind: 'changed', record: nextRecord(machine, before, turn, stepped) };
  } catch (error) {
    return { kind: 'quarantined', record: quarantined(record, at, wordsOf(error)) };
  }
}

/** Takes the record out of quarantine, at an administrator's word. */
export function release(record: SagaRecord, why: Why, now: number): StepOutcome {
  const next = released(record, now, why);
  return next === null ? { kind: 'unchanged' } : { kind: 'changed', record: next };
}

/** Sets a record aside for a reason that lies outside of its machine. */
export const setAside = (record: SagaRecord, now: number, words: string): SagaRecord =>
  quarantined(record, Math.max(now, record.at), words);

/** Deletes a record that has ended. */
export function remove(record: SagaRecord, now: number): StepOutcome {
  const next = deleted(record, now);
  return next === null ? { kind: 'unchanged' } : { kind: 'changed', record: next };
}

/** The timer of that name and of that very arming, or null. */
function armed(record: SagaRecord, event: JsonObject, arming: number | undefined): Timer | null {
  return record.timers.find((timer) => timer.name === event.name && timer.arming === arming) ?? null;
}

function take(
  machine: DurableMachine,
  { value, status, context }: Snapshot,
  event: JsonObject & { type: string },
): Stepped {
  assertFits(machine, context);
  const { type } = event;
  const schema = machine.events[type];
  if (schema === undefined) throw new Error('an event of an unknown type came');
  if (!fits(schema, event)) throw new Error(`an event ${type} came that does not fit`);
  if (!Object.hasOwn(machine.machine.states, value)) throw new Error('its state is unknown');
  const before = Object.assign({}, resting(machine.machine, value), { status, context });
  const { scope, actions } = inertScope();
  const next: AnyMachineSnapshot = machine.machine.transition(before, event, scope);
  return { snapshot: plain(next), effects: effectsOf(actions) };
}

/** By chart and state: what the library makes of a state's name is the same for every record, and costs as much as a step. */
const restingStates = new WeakMap<AnyStateMachine, Map<string, AnyMachineSnapshot>>();

/** A state of the chart as the library holds it, for a record that is at rest in it. */
function resting(chart: AnyStateMachine, value: string): AnyMachineSnapshot {
  const known = restingStates.get(chart) ?? new Map<string, AnyMachineSnapshot>();
  const state = known.get(value) ?? chart.resolveState({ value, context: {} });
  restingStates.set(chart, known.set(value, state));
  return state;
}

function assertFits({ contextSchema }: DurableMachine, context: JsonObject): void {
  if (fits(contextSchema, context)) return;
  throw new Error(`its context does not fit at ${Value.Errors(contextSchema, context).First()?.path}`);
}

function plain({
  value,
  status,
  context,
}: {
  value: unknown;
  status: string;
  context: JsonObject;
}): Snapshot {
  if (typeof value !== 'string') throw new Error('its state is not a single one');
  return { value, status: status === 'done' ? 'done' : 'active', context };
}

function effectsOf(actions: readonly Action[]): Effect[] {
  return actions.flatMap(({ type, params }) => {
    if (type !== 'xstate.emit') throw new Error(`its chart may only assign and emit, not ${type}`);
    return (params as { event: Effects<Effect> }).event.effects;
  });
}

function isSame(before: Snapshot, { snapshot, effects }: Stepped): boolean {
  if (effects.length > 0 || before.value !== snapshot.value) return false;
  return before.context === snapshot.context || Value.Equal(before.context, snapshot.context);
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : 'the step failed');
