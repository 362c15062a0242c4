// The end of a letter that cannot be understood, or that is given up from outside: it is discarded, with whatever of it can
// be believed. Nothing was asked for on its behalf that would still be held.
import { Value } from '@sinclair/typebox/value';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Effect, Stepped } from '../durable.ts';
import { withEntry } from './changes.ts';
import type { DeadLetterContext } from './context.ts';
import { contextFields } from './context-schema.ts';
import { discarded } from './effects.ts';
import { toJson } from './snapshot.ts';

export function abandon(record: SagaRecord, at: number, lostWords?: string): Stepped {
  const salvaged = salvage(record);
  const words = lostWords ?? record.quarantine?.words ?? 'its record could not be stepped';
  const history = withEntry(salvaged, { at, deed: 'discarded', by: null, words });
  const context: DeadLetterContext = { ...salvaged, nextRetryAt: null, history };
  return {
    snapshot: { value: 'discarded', status: 'done', context: toJson(context) },
    effects: [discarded(context) as Effect],
  };
}

function salvage(record: SagaRecord): DeadLetterContext {
  const found = record.snapshot.context;
  const kept = Object.fromEntries(
    Object.entries(contextFields)
      .filter(([name, schema]) => name in found && Value.Check(schema, found[name]))
      .map(([name]) => [name, found[name]]),
  );
  return { ...substitutes(record), ...(kept as Partial<DeadLetterContext>) };
}

/** What is assumed of a field that cannot be believed. */
function substitutes({ id, fields, createdAt }: SagaRecord): DeadLetterContext {
  const text = (name: string): string => String(fields[name] ?? '');
  return {
    letterId: id,
    topic: text('originalTopic'),
    eventType: text('originalType'),
    key: text('key'),
    group: text('group'),
    producer: text('producer'),
    message: null,
    error: text('error'),
    tries: 0,
    failedAt: createdAt,
    failedLastAt: createdAt,
    policy: null,
    nextRetryAt: null,
    redrives: 0,
    told: 0,
    asked: 0,
    history: [],
  };
}
