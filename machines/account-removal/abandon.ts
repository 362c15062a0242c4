// What becomes of a removal that cannot be understood: it begins anew with what can be believed, because whoever left must
// be gone in the end. One that is given up from outside is over, and one of nobody is refused.
import { Value } from '@sinclair/typebox/value';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Effect, Stepped } from '../durable.ts';
import type { AccountRemovalContext } from './context.ts';
import { contextFields } from './context-schema.ts';
import { closingDeadline } from './deadlines.ts';
import { closeAccount } from './effects.ts';
import { toJson } from './snapshot.ts';

export function abandon(record: SagaRecord, at: number, lostWords?: string): Stepped {
  const salvaged = salvage(record);
  const words = lostWords ?? (salvaged.userId === '' ? 'whose account it is cannot be told' : null);
  if (words !== null) {
    const context: AccountRemovalContext = { ...salvaged, refusal: words };
    return { snapshot: { value: 'refused', status: 'done', context: toJson(context) }, effects: [] };
  }
  const context: AccountRemovalContext = { ...salvaged, number: salvaged.number + 1, asked: 1 };
  return {
    snapshot: { value: 'closing', status: 'active', context: toJson(context) },
    effects: [closeAccount(context) as Effect, closingDeadline(context, at) as Effect],
  };
}

function salvage(record: SagaRecord): AccountRemovalContext {
  const found = record.snapshot.context;
  const kept = Object.fromEntries(
    Object.entries(contextFields)
      .filter(([name, schema]) => name in found && Value.Check(schema, found[name]))
      .map(([name]) => [name, found[name]]),
  );
  return { ...substitutes(record), ...(kept as Partial<AccountRemovalContext>) };
}

/** What is assumed of a field that cannot be believed: above all that the last admin may not leave. */
function substitutes({ id, fields, createdAt, version }: SagaRecord): AccountRemovalContext {
  const userId = typeof fields.userId === 'string' ? fields.userId : '';
  return {
    removalId: id,
    userId,
    by: userId,
    reason: 'left',
    isAdmin: true,
    attemptsName: '',
    requestedAt: createdAt,
    // No question before had so high a number.
    number: version + 1,
    asked: 1,
    closed: false,
    left: 0,
    executions: 0,
    documents: 0,
    refusal: null,
  };
}
