// Two kinds of stores side by side: each call is made on both, and their answers must be the same, value by value. The
// first difference is told with the call that it answered.
import { isDeepStrictEqual } from 'node:util';
import { isDomainError } from '#src/domain/errors.ts';
import { copy } from '../world/copy.ts';
import type { CollectionStore, Stores } from './stores.ts';

export function inLockstep(first: Stores, second: Stores): Stores {
  return {
    records: together('records', first.records, second.records),
    documents: {
      ...together('documents', first.documents, second.documents),
      collection: (spec) =>
        together<CollectionStore>(
          spec.name,
          first.documents.collection(spec),
          second.documents.collection(spec),
        ),
    },
    output: together('output', first.output, second.output),
    leases: together('leases', first.leases, second.leases),
    close() {
      first.close();
      second.close();
    },
  };
}

type Method = (...sent: unknown[]) => unknown;

/** The one place where a store is taken for a list of methods. */
function together<Store extends object>(name: string, first: Store, second: Store): Store {
  const cursors = new Map<string, string>();
  const others = new Map(Object.entries(second));
  const both = Object.entries(first).map(([method, call]) => [
    method,
    (...sent: unknown[]): unknown => {
      // Each gets a copy of its own: what one of them keeps, the other cannot change.
      const answer = outcomeOf(call as Method, copy(sent));
      const other = outcomeOf(others.get(method) as Method, withCursors(copy(sent), cursors));
      learnCursor(answer, other, cursors);
      if (!isDeepStrictEqual(comparable(answer), comparable(other)))
        throw new Error(
          `${name}.${method}(${Bun.inspect(sent)}) answers ${Bun.inspect(answer)} and ${Bun.inspect(other)}`,
        );
      if (answer.refused !== null) throw answer.refused;
      return answer.answer;
    },
  ]);
  return Object.fromEntries(both) as Store;
}

interface Outcome {
  answer: unknown;
  refused: unknown;
}

function outcomeOf(call: Method, sent: readonly unknown[]): Outcome {
  try {
    return { answer: call(...sent), refused: null };
  } catch (refused) {
    return { answer: null, refused };
  }
}

/** What must be the same: a cursor is each store's own, but whether there is one is not. */
function comparable({ answer, refused }: Outcome): unknown {
  if (refused !== null) return isDomainError(refused) ? refused.kind : refused;
  return copy(isPage(answer) ? { ...answer, next: answer.next !== null } : answer);
}

const isPage = (answer: unknown): answer is { rows: unknown; next: unknown } =>
  typeof answer === 'object' && answer !== null && 'rows' in answer && 'next' in answer;

function learnCursor({ answer }: Outcome, { answer: other }: Outcome, cursors: Map<string, string>): void {
  if (!isPage(answer) || !isPage(other)) return;
  if (typeof answer.next === 'string' && typeof other.next === 'string') cursors.set(answer.next, other.next);
}

const withCursors = (sent: readonly unknown[], cursors: ReadonlyMap<string, string>): unknown[] =>
  sent.map((one) =>
    typeof one === 'object' && one !== null && 'after' in one && typeof one.after === 'string'
      ? { ...one, after: cursors.get(one.after) ?? one.after }
      : one,
  );
