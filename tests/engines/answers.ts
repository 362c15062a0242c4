// What engines answer to an operation, in a form that can be compared: without cursors and numbers of their own, and in one
// order where the port promises none.
import { isDomainError } from '#src/domain/errors.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Collection, CollectionSpec, Documents } from '#src/ports/documents.ts';
import type { Page, Query } from '#src/ports/filter.ts';
import type { Chunk, OutputLog } from '#src/ports/output-log.ts';
import { everyPage } from '#src/ports/paging.ts';
import type { Records } from '#src/ports/records.ts';
import { sampleEvent } from '#tests/contract/sample-event.ts';
import {
  nextVersion,
  sampleMachine,
  sampleRecord,
  sampleRow,
  sampleTimer,
} from '#tests/contract/sample-record.ts';
import type {
  DocumentOperation,
  Operation,
  OutputOperation,
  Question,
  RandomParts,
  RecordOperation,
} from './operations.ts';

export interface Stores {
  records: Records;
  documents: Documents;
  outputLog: OutputLog;
}

/** A refusal is an answer as well, by its kind. */
export async function answerOf(stores: Stores, operation: Operation): Promise<unknown> {
  try {
    return await answered(stores, operation);
  } catch (error) {
    if (isDomainError(error)) return { refused: error.kind };
    throw error;
  }
}

function answered(stores: Stores, operation: Operation): Promise<unknown> {
  switch (operation.on) {
    case 'records':
      return ofRecords(stores.records, operation);
    case 'documents':
      return ofDocuments(stores.documents, operation);
    case 'output':
      return ofOutput(stores.outputLog, operation);
  }
}

async function ofRecords(records: Records, operation: RecordOperation): Promise<unknown> {
  switch (operation.do) {
    case 'insert':
      return records.insert(sampleRecord(operation.id, partsOf(operation.parts, 0)));
    case 'commit':
      return commit(records, operation);
    case 'mark':
      return records.mark(sampleMachine, operation.id, operation.row);
    case 'load':
      return records.load(sampleMachine, operation.id);
    case 'remove':
      return records.remove(sampleMachine, operation.id);
    case 'find':
      return [
        await pagesOf((query) => records.find(sampleMachine, query), operation.question),
        await records.count(sampleMachine, operation.question.where),
      ];
    case 'sum':
      return records.sum(sampleMachine, operation.field, operation.where);
    case 'watch':
      return [
        sorted(await records.due(operation.at, 50)),
        await records.nextDeadline(),
        sorted(await records.unsent(operation.at, 50)),
      ];
    case 'holders': {
      const held = await records.held(operation.prefix);
      return [held, await Promise.all(held.map((unique) => records.holder(unique)))];
    }
  }
}

async function commit(
  records: Records,
  { id, parts, behind }: Extract<RecordOperation, { do: 'commit' }>,
): Promise<unknown> {
  const record = await records.load(sampleMachine, id);
  const from = record ?? sampleRecord(id);
  const next = nextVersion(from, partsOf(parts, from.nextRow - 1));
  return records.commit(behind ? { ...next, version: next.version + 1 } : next);
}

/** @param lastRow the last that the record had */
function partsOf(parts: RandomParts, lastRow: number): Partial<SagaRecord> {
  const { state, fields, uniques, at, final, text } = parts;
  const timers = parts.timers.map((due, index) => sampleTimer(`t${index}`, due));
  const outbox = parts.rows.map((when, index) => sampleRow(lastRow + 1 + index, when));
  return {
    state,
    fields,
    uniques,
    at,
    final,
    timers,
    outbox,
    nextRow: lastRow + 1 + outbox.length,
    nextDeadline: timers.length === 0 ? null : Math.min(...parts.timers),
    deletedAt: parts.deleted ? at : null,
    snapshot: { value: state, status: 'active', context: { [text]: text } },
  };
}

const spec: CollectionSpec = {
  name: 'things',
  indexes: [
    { fields: ['name'], unique: true },
    { fields: ['team', 'number'], unique: true },
    { fields: ['tags'] },
    { fields: ['settings.theme'] },
  ],
};

async function ofDocuments(documents: Documents, operation: DocumentOperation): Promise<unknown> {
  const things: Collection<JsonObject> = documents.collection(spec);
  switch (operation.do) {
    case 'insert':
      return things.insert(operation.id, operation.body as JsonObject, { outbox: saidBy(operation) });
    case 'change':
      return things.change(operation.id, operation.change, {
        ...given(operation),
        outbox: saidBy(operation),
      });
    case 'remove':
      return things.remove(operation.id, given(operation));
    case 'removeWhere':
      return things.removeWhere(operation.where, 50);
    case 'get':
      return things.get(operation.id);
    case 'find':
      return [
        await pagesOf((query) => things.find(query), operation.question),
        await things.count(operation.question.where),
      ];
    case 'unsent':
      return [await waiting(documents, operation.before), await unsent(documents)];
    case 'mark':
      for (const { collection, id, rows } of await documents.unsent(9, 50)) {
        const last = rows[operation.rows - 1]?.n;
        if (last !== undefined) await documents.mark(collection, id, last);
      }
      return null;
  }
}

const given = ({
  where,
  version,
}: Pick<Extract<DocumentOperation, { do: 'remove' }>, 'where' | 'version'>) => ({
  ...(where === null ? {} : { where }),
  ...(version === null ? {} : { expectedVersion: version }),
});

const saidBy = ({ id, said }: { id: string; said: readonly number[] }) =>
  said.map((at, index) => sampleEvent(`${id}-${at}-${index}`, id, 'pod_overdue', at));

/** What comes after the first event of a document waits for the next look, or comes along. */
const waiting = async (documents: Documents, before: number): Promise<unknown> =>
  sorted(
    (await documents.unsent(before, 50)).map(({ collection, id, rows }) => [collection, id, rows[0]?.event]),
  );

async function unsent(documents: Documents): Promise<unknown> {
  const found = await documents.unsent(9, 50);
  return sorted(
    found.map(({ collection, id, rows }) => ({ collection, id, events: rows.map(({ event }) => event) })),
  );
}

async function ofOutput(log: OutputLog, operation: OutputOperation): Promise<unknown> {
  const { execution } = operation;
  switch (operation.do) {
    case 'append': {
      const chunks = operation.frames.map(
        ({ number, text }): Chunk => ({
          kind: 'frame',
          frame: { number, channel: 'stdout', at: 7, data: bytes(text) },
        }),
      );
      return log.append(execution, operation.attempt, chunks);
    }
    case 'seal': {
      const { frames, seal } = await log.read(execution, operation.attempt, 0);
      const number = frames.length;
      const chunk = { kind: 'seal', number, seal: { last: number - 1 } } as const;
      return seal ?? log.append(execution, operation.attempt, [chunk]);
    }
    case 'read': {
      // Nobody reads past a seal, where anything may lie.
      const { seal } = await log.read(execution, operation.attempt, 0);
      const from = Math.min(operation.from, seal === null ? operation.from : seal.last + 1);
      return log.read(execution, operation.attempt, from, operation.limit);
    }
    case 'type': {
      const { attempt, key, text, end } = operation;
      return log.appendInput(execution, attempt, { key, data: bytes(text), end });
    }
    case 'readInput':
      return log.readInput(execution, operation.attempt, operation.after);
    case 'remove':
      return log.remove(execution);
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function pagesOf<Row>(
  find: (query: Query) => Promise<Page<Row>>,
  { where, sort, limit, skip }: Question,
): Promise<Row[][]> {
  const order = sort === null ? {} : { sort };
  const pages: Row[][] = [];
  for await (const rows of everyPage(find, { where, ...order, limit })) pages.push(rows);
  return [(await find({ where, ...order, limit, skip })).rows, ...pages];
}

const sorted = <Item>(items: readonly Item[]): Item[] =>
  items.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
