// Random operations on records, documents and outputs, as data: the same can be done on any engines.
import fc from 'fast-check';
import type { Change } from '#src/ports/documents.ts';
import type { Condition, Filter, Scalar, Sort } from '#src/ports/filter.ts';

export type Operation = RecordOperation | DocumentOperation | OutputOperation;

export type RecordOperation =
  | { on: 'records'; do: 'insert'; id: string; parts: RandomParts }
  /** `behind`: from a version that is not the last. */
  | { on: 'records'; do: 'commit'; id: string; parts: RandomParts; behind: boolean }
  | { on: 'records'; do: 'mark'; id: string; row: number }
  | { on: 'records'; do: 'remove' | 'load'; id: string }
  | { on: 'records'; do: 'find'; question: Question }
  | { on: 'records'; do: 'sum'; field: string; where: Filter }
  | { on: 'records'; do: 'watch'; at: number }
  | { on: 'records'; do: 'holders'; prefix: string };

export interface RandomParts {
  state: string;
  fields: Record<string, Scalar>;
  uniques: string[];
  timers: number[];
  rows: number[];
  at: number;
  final: boolean;
  deleted: boolean;
  text: string;
}

export type DocumentOperation =
  | { on: 'documents'; do: 'insert'; id: string; body: Record<string, unknown>; said: number[] }
  | {
      on: 'documents';
      do: 'change';
      id: string;
      change: Change;
      said: number[];
      where: Filter | null;
      version: number | null;
    }
  | { on: 'documents'; do: 'remove'; id: string; where: Filter | null; version: number | null }
  | { on: 'documents'; do: 'removeWhere'; where: Filter }
  | { on: 'documents'; do: 'get'; id: string }
  | { on: 'documents'; do: 'find'; question: Question }
  | { on: 'documents'; do: 'unsent'; before: number }
  /** Marks so many rows of each document that waits. */
  | { on: 'documents'; do: 'mark'; rows: number };

export type OutputOperation =
  | { on: 'output'; do: 'append'; execution: string; attempt: number; frames: RandomFrame[] }
  /** After the frames that are there without a gap, as who closes an output does it. */
  | { on: 'output'; do: 'seal'; execution: string; attempt: number }
  | { on: 'output'; do: 'read'; execution: string; attempt: number; from: number; limit: number }
  | { on: 'output'; do: 'type'; execution: string; attempt: number; key: string; text: string; end: boolean }
  | { on: 'output'; do: 'readInput'; execution: string; attempt: number; after: number }
  | { on: 'output'; do: 'remove'; execution: string };

export interface RandomFrame {
  number: number;
  text: string;
}

/** Every page of it is asked for. */
export interface Question {
  where: Filter;
  sort: Sort | null;
  limit: number;
  skip: number;
}

const number = fc.oneof(fc.integer({ min: -2, max: 6 }), fc.constantFrom(0.5, 2 ** 31, 2 ** 40 + 0.5, -0));
const word = fc.oneof(
  fc.constantFrom('a', 'A', 'b', 'ä', 'Ä', '10', '9', '', '%', '_', 'a.b', '$a', '.*', 'ab', 'ß', '😀'),
  fc.string({ maxLength: 3 }),
);
const scalar: fc.Arbitrary<Scalar> = fc.oneof(number, word, fc.boolean(), fc.constant(null));
const bound = fc.oneof(number, word);

/** In no value that is not a text: the server of these tests finds a number by its digits, which MongoDB does not. */
const sought = fc.constantFrom('ä', 'Ä', 'ab', 'AB', 'b', '%', '_x', '.*', '$a', '😀', 'ß');
const listCondition: fc.Arbitrary<Scalar | Condition> = fc.oneof(
  scalar,
  fc.record({ in: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ not: scalar }),
  fc.record({ exists: fc.boolean() }),
);
const condition: fc.Arbitrary<Scalar | Condition> = fc.oneof(
  listCondition,
  fc.record({ text: sought }),
  fc.record({ gt: bound, lte: bound }, { requiredKeys: [] }),
  fc.record({ gte: bound, lt: bound, not: scalar }, { requiredKeys: ['gte'] }),
);

const idCondition: fc.Arbitrary<Scalar | Condition> = fc.oneof(
  word,
  fc.record({ in: fc.array(word, { maxLength: 3 }) }),
  fc.record({ gt: word, lte: word }, { requiredKeys: [] }),
  fc.record({ not: word, text: sought }, { requiredKeys: [] }),
);

const filterOn = (
  fields: readonly [string, ...string[]],
  lists: readonly string[] = [],
): fc.Arbitrary<Filter> => {
  const single = fc.dictionary(fc.constantFrom(...fields), condition, { maxKeys: 2 });
  const further = fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    fc.record({ id: idCondition }),
    ...lists.map((name) => listCondition.map((one) => ({ [name]: one }))),
  );
  return fc.tuple(single, further).map(([first, second]): Filter => ({ ...first, ...second }));
};

const questionOn = (
  where: fc.Arbitrary<Filter>,
  sortable: readonly [string, ...string[]],
): fc.Arbitrary<Question> =>
  fc.record({
    where,
    sort: fc.option(
      fc.record({
        field: fc.constantFrom(...sortable),
        direction: fc.constantFrom('ascending' as const, 'descending' as const),
      }),
    ),
    limit: fc.integer({ min: 1, max: 4 }),
    skip: fc.integer({ min: 0, max: 2 }),
  });

const recordId = fc.constantFrom('a', 'b', 'c', 'd', 'ä');
const time = fc.integer({ min: 1, max: 9 });
const recordFields = ['state', 'at', 'final', 'deletedAt', 'quarantined', 'word', 'count', 'odd'] as const;
const recordFilter = filterOn(recordFields);
const parts: fc.Arbitrary<RandomParts> = fc.record({
  state: fc.constantFrom('queued', 'running'),
  fields: fc.record({ word, count: number, odd: scalar }, { requiredKeys: [] }),
  uniques: fc.uniqueArray(fc.constantFrom('slot:1', 'slot:2', 'key:ä', 'slot:😀'), { maxLength: 2 }),
  timers: fc.array(time, { maxLength: 2 }),
  rows: fc.array(time, { maxLength: 2 }),
  at: time,
  final: fc.boolean(),
  deleted: fc.boolean(),
  text: fc.string({ unit: 'binary', maxLength: 4 }),
});
const on = <Store extends string, Do extends string>(store: Store, does: Do) => ({
  on: fc.constant(store),
  do: fc.constant(does),
});

const recordOperation: fc.Arbitrary<RecordOperation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ ...on('records', 'insert'), id: recordId, parts }) },
  {
    weight: 4,
    arbitrary: fc.record({
      ...on('records', 'commit'),
      id: recordId,
      parts,
      behind: fc.boolean().map((odd) => odd && false),
    }),
  },
  fc.record({ ...on('records', 'commit'), id: recordId, parts, behind: fc.constant(true) }),
  {
    weight: 2,
    arbitrary: fc.record({ ...on('records', 'mark'), id: recordId, row: fc.integer({ min: 0, max: 5 }) }),
  },
  fc.record({ ...on('records', 'load'), id: recordId }),
  fc.record({ ...on('records', 'remove'), id: recordId }),
  {
    weight: 4,
    arbitrary: fc.record({
      ...on('records', 'find'),
      question: questionOn(recordFilter, [...recordFields, 'id']),
    }),
  },
  fc.record({
    ...on('records', 'sum'),
    field: fc.constantFrom('count', 'word', 'odd', 'at'),
    where: recordFilter,
  }),
  { weight: 2, arbitrary: fc.record({ ...on('records', 'watch'), at: time }) },
  fc.record({ ...on('records', 'holders'), prefix: fc.constantFrom('', 'slot:', 'key:ä', 'z') }),
);

const documentId = fc.constantFrom('a', 'b', 'c', '$a', 'a.b');
const list = fc.array(
  scalar.filter((one) => one !== null),
  { maxLength: 3 },
);
const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Scalar>;
const body = fc.record(
  {
    name: fc.oneof(word, fc.constant(null)),
    team: word,
    number,
    tags: list,
    any: scalar,
    settings: fc.record({ theme: scalar, size: number }, { requiredKeys: [] }),
    extra: json,
  },
  { requiredKeys: [] },
);
const documentFilter = filterOn(['name', 'team', 'number', 'any', 'settings.theme'], ['tags']);
const sortable = ['name', 'team', 'number', 'any', 'settings.theme', 'settings.size', 'id'] as const;
const path = fc.constantFrom('name', 'team', 'any', 'settings.theme', 'settings.deep.er');
const listPath = fc.constantFrom('tags', 'settings.list');
const change: fc.Arbitrary<Change> = fc.record(
  {
    set: fc.oneof(
      fc.dictionary(path, scalar, { maxKeys: 2 }),
      fc.record({ extra: json, tags: list }, { requiredKeys: [] }),
    ),
    unset: fc.array(fc.oneof(path, listPath), { maxLength: 2 }),
    inc: fc.dictionary(fc.constantFrom('number', 'settings.size', 'team'), number, { maxKeys: 1 }),
    push: fc.dictionary(listPath, bound, { maxKeys: 1 }),
    pull: fc.dictionary(listPath, scalar, { maxKeys: 1 }),
  },
  { requiredKeys: [] },
);
const where = fc.option(documentFilter, { freq: 2 });
const version = fc.option(fc.integer({ min: 1, max: 3 }), { freq: 4 });
const said = fc.array(time, { maxLength: 2 });

const documentOperation: fc.Arbitrary<DocumentOperation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ ...on('documents', 'insert'), id: documentId, body, said }) },
  {
    weight: 5,
    arbitrary: fc.record({ ...on('documents', 'change'), id: documentId, change, said, where, version }),
  },
  fc.record({ ...on('documents', 'remove'), id: documentId, where, version }),
  fc.record({ ...on('documents', 'removeWhere'), where: documentFilter }),
  fc.record({ ...on('documents', 'get'), id: documentId }),
  {
    weight: 5,
    arbitrary: fc.record({ ...on('documents', 'find'), question: questionOn(documentFilter, sortable) }),
  },
  fc.record({ ...on('documents', 'unsent'), before: time }),
  fc.record({ ...on('documents', 'mark'), rows: fc.integer({ min: 0, max: 2 }) }),
);

const run = { execution: fc.constantFrom('x', 'y'), attempt: fc.integer({ min: 1, max: 2 }) };
const small = fc.integer({ min: 0, max: 6 });
const frame = fc.record({ number: small, text: word });
const outputOperation: fc.Arbitrary<OutputOperation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      ...on('output', 'append'),
      ...run,
      frames: fc.uniqueArray(frame, { maxLength: 4, selector: (one) => one.number }).map(inOrder),
    }),
  },
  fc.record({ ...on('output', 'seal'), ...run }),
  {
    weight: 2,
    arbitrary: fc.record({
      ...on('output', 'read'),
      ...run,
      from: small,
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...on('output', 'type'),
      ...run,
      key: fc.constantFrom('k1', 'k2', 'k3', 'k4'),
      text: word,
      end: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
    }),
  },
  fc.record({ ...on('output', 'readInput'), ...run, after: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ ...on('output', 'remove'), execution: run.execution }),
);

/** As a monitor gives them. */
function inOrder(frames: readonly RandomFrame[]): RandomFrame[] {
  return frames.toSorted((left, right) => left.number - right.number);
}

const many = { minLength: 1, maxLength: 40, size: 'max' } as const;

export const operations = {
  records: fc.array(recordOperation, many),
  documents: fc.array(documentOperation, many),
  output: fc.array(outputOperation, many),
} satisfies Record<Operation['on'], fc.Arbitrary<Operation[]>>;
