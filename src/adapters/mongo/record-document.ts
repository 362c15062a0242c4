// How a saga record lies in its collection: the whole record as JSON, and beside it, in the server's own types, what it is
// found by. JSON, because the keys of a machine's context are anything, and because texts compare as a whole.
import type { Document, IndexDescription } from 'mongodb';
import type { Fields, SagaRecord, Timer } from '#src/domain/saga-record.ts';
import { checkRecord } from '#src/domain/sizes.ts';
import { encoded } from './body-encoding.ts';
import type { Source } from './queries.ts';

export const recordsCollection = 'records';

export interface RecordDocument {
  /** `machine:id`; a machine's name holds no colon. */
  _id: string;
  machine: string;
  id: string;
  version: number;
  machineVersion: number;
  state: string;
  fields: Document;
  /** Absent for none: the index passes over such a record. */
  uniques?: string[] | undefined;
  at: number;
  createdAt: number;
  nextDeadline?: number | undefined;
  timers?: Timer[] | undefined;
  final: boolean;
  deletedAt?: number | undefined;
  quarantined: boolean;
  /** Raised by a mark, which touches nothing else: this is the truth, not what the body says. */
  sentThrough: number;
  /** The rows above `sentThrough`. */
  unsent?: { n: number; at: number }[] | undefined;
  body: string;
}

export const documentId = (machine: string, id: string): string => `${machine}:${id}`;

/**
 * @param sentThrough at least what is marked in the stored one
 * @throws oversized
 */
export function toDocument(record: SagaRecord, sentThrough: number): RecordDocument {
  const body = JSON.stringify(record);
  checkRecord(record, body);
  const unsent = record.outbox.filter(({ n }) => n > sentThrough).map(({ n, at }) => ({ n, at }));
  return {
    _id: documentId(record.machine, record.id),
    machine: record.machine,
    id: record.id,
    version: record.version,
    machineVersion: record.machineVersion,
    state: record.state,
    fields: fieldsOf(record.fields),
    uniques: unlessEmpty(record.uniques),
    at: record.at,
    createdAt: record.createdAt,
    nextDeadline: record.nextDeadline ?? undefined,
    timers: unlessEmpty(record.timers),
    final: record.final,
    deletedAt: record.deletedAt ?? undefined,
    quarantined: record.quarantine !== null,
    sentThrough,
    unsent: unlessEmpty(unsent),
    body,
  };
}

export function toRecord({ body, sentThrough }: Pick<RecordDocument, 'body' | 'sentThrough'>): SagaRecord {
  const record: SagaRecord = JSON.parse(body);
  return { ...record, sentThrough };
}

const unlessEmpty = <Item>(items: readonly Item[]): Item[] | undefined =>
  items.length === 0 ? undefined : [...items];

const fieldsOf = (fields: Fields): Document => encoded({ ...fields });

/** Those that leave few records come first: a server that has no planner takes the first that fits. */
export const recordIndexes: IndexDescription[] = [
  { name: 'uniques', key: { uniques: 1 }, unique: true, sparse: true },
  { name: 'deadline', key: { nextDeadline: 1 }, sparse: true },
  { name: 'unsent', key: { 'unsent.at': 1 }, sparse: true },
  { name: 'deleted', key: { deletedAt: 1, machine: 1 }, sparse: true },
  { name: 'state', key: { state: 1, machine: 1, at: 1, id: 1 } },
  { name: 'user', key: { 'fields.userId': 1, machine: 1, createdAt: 1, id: 1 } },
  { name: 'held', key: { 'fields.heldCount': 1, machine: 1 } },
  { name: 'creation', key: { machine: 1, createdAt: 1, id: 1 } },
  { name: 'id', key: { machine: 1, id: 1 } },
];

/** Fields of the record itself; all others are its machine's. */
const own: ReadonlySet<string> = new Set([
  'id',
  'state',
  'at',
  'createdAt',
  'nextDeadline',
  'final',
  'deletedAt',
  'machineVersion',
  'quarantined',
]);

export const recordSource = (machine: string): Source => ({
  collection: recordsCollection,
  pathOf: (field) => (own.has(field) ? field : `fields.${field}`),
  idPath: 'id',
  scope: { machine },
});
