// The end of a record whose quarantine is over, or that is given up from outside. Every value is checked by itself and
// replaced where it cannot be believed; what was told before is not told again, and slots still come back only on proof that
// their pods are gone.
import { Value } from '@sinclair/typebox/value';
import type { Priority } from '#src/domain/execution.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { deadlineAt } from '../deadline.ts';
import type { Stepped } from '../durable.ts';
import { compensated, ending, sagaOver } from './conclusions.ts';
import type { ExecutionContext } from './context.ts';
import { contextFields } from './context-schema.ts';
import { waits } from './deadlines.ts';
import type { ExecutionEffect } from './effects.ts';
import { deletePod, releaseResources } from './requests.ts';
import { toEffects, toJson } from './snapshot.ts';
import { verdict } from './verdict.ts';

export function abandon(record: SagaRecord, at: number, lostWords?: string): Stepped {
  const salvaged = salvage(record);
  const { context, effects } = judged(record, salvaged, at, lostWords);
  if (lostWords === undefined) return concluded(context, effects, at);
  const { left, released } = letGo(context);
  const said = effects.filter(({ type }) => type !== 'delete_pod_command');
  return concluded(left, [...said, ...released], at);
}

interface Judged {
  context: ExecutionContext;
  effects: ExecutionEffect[];
}

function judged(record: SagaRecord, salvaged: ExecutionContext, at: number, lostWords?: string): Judged {
  // A verdict that fell is never changed, and its events are never sent a second time.
  if (record.snapshot.value === 'ending' && salvaged.verdict !== null) {
    const again = salvaged.held.map((attempt) => deletePod(salvaged, attempt, 'ended', true));
    return { context: salvaged, effects: again };
  }
  const words = record.quarantine?.words ?? 'its record could not be stepped';
  const evidence = lostWords === undefined ? { quarantined: { words } } : { lost: { words: lostWords } };
  const lost = verdict(evidence, salvaged.limits);
  const context: ExecutionContext = { ...salvaged, evidence, verdict: lost, result: null, endedAt: at };
  return { context, effects: ending(context, lost) };
}

/** Every slot given back at once. */
function letGo(context: ExecutionContext): { left: ExecutionContext; released: ExecutionEffect[] } {
  const released = context.held.map((attempt) => releaseResources(context, attempt));
  const left = { ...context, held: [], slots: {} };
  return { left, released: released.length === 0 ? [] : [...released, compensated(left)] };
}

/** `ending` while anything is held, else final. */
function concluded(context: ExecutionContext, effects: ExecutionEffect[], at: number): Stepped {
  if (context.held.length > 0 || context.verdict === null) {
    return {
      snapshot: { value: 'ending', status: 'active', context: toJson(context) },
      effects: toEffects([...effects, deadlineAt(at + waits.endingMs)]),
    };
  }
  return {
    snapshot: { value: context.verdict.status, status: 'done', context: toJson(context) },
    effects: toEffects([...effects, sagaOver(context, context.verdict)]),
  };
}

function salvage(record: SagaRecord): ExecutionContext {
  const found = record.snapshot.context;
  const kept = Object.fromEntries(
    Object.entries(contextFields)
      .filter(([name, schema]) => Value.Check(schema, found[name]))
      .map(([name]) => [name, found[name]]),
  );
  const context = { ...substitutes(record), ...(kept as Partial<ExecutionContext>), asked: 0 };
  return { ...context, ...holding(record, context) };
}

/** The record's own list of held slots is believed before the context; each slot belongs to an attempt that is held. */
function holding(record: SagaRecord, context: ExecutionContext): Pick<ExecutionContext, 'held' | 'slots'> {
  const numbers = slotNumbers(record.uniques);
  const isTold = Object.values(context.slots).toSorted().join() === numbers.toSorted().join();
  const slots = isTold ? context.slots : slotsOf(numbers, context);
  const holders = Object.keys(slots).map(Number);
  return { held: [...new Set([...context.held, ...holders])].toSorted((a, b) => a - b), slots };
}

/** Given to the latest attempts among those that may hold one. */
function slotsOf(numbers: readonly number[], { held, attempt }: ExecutionContext): Record<string, number> {
  const attempts = held.length >= numbers.length ? held : upTo(Math.max(attempt, numbers.length));
  const holders = attempts.slice(attempts.length - numbers.length);
  return Object.fromEntries(numbers.map((slot, index) => [String(holders[index]), slot]));
}

const slotNumbers = (uniques: readonly string[]): number[] =>
  uniques.filter((unique) => unique.startsWith('slot:')).map((unique) => Number(unique.slice(5)));

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** What is assumed of a field that cannot be believed: whatever leads to the most thorough clean-up and to no repetition. */
function substitutes(record: SagaRecord): ExecutionContext {
  const attempt = typeof record.fields.attempt === 'number' ? record.fields.attempt : 1;
  return {
    executionId: record.id,
    userId: textField(record, 'userId'),
    runtime: { language: textField(record, 'language'), version: textField(record, 'languageVersion') },
    limits: { timeoutMs: 1, memoryBytes: 1, cpuMillis: 1, processesMax: 1, diskBytes: 0, outputBytes: 0 },
    priority: 'normal' satisfies Priority,
    stdinOpen: true,
    createdAt: record.createdAt,
    attempt,
    retried: true,
    evidence: {},
    held: upTo(attempt),
    slots: {},
    podName: null,
    queuedAt: record.createdAt,
    admittedAt: record.createdAt,
    startedAt: null,
    endedAt: null,
    last: null,
    asked: 0,
    verdict: null,
    result: null,
    attempts: [],
  };
}

const textField = (record: SagaRecord, name: string): string => {
  const value = record.fields[name];
  return typeof value === 'string' ? value : '';
};
