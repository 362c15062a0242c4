// Answers from memory what is asked again and again while nothing changed, so that loops that also look by themselves cost an
// idle process no statement. Exact: only for a store that this process alone writes (changes.ts).
import type { Collection, CollectionSpec, Documents } from '#src/ports/documents.ts';
import type { Condition, Filter, Page, Query, Scalar } from '#src/ports/filter.ts';
import type { Records } from '#src/ports/records.ts';
import { type CountOf, ofCollection, ofOutbox, ofRecords } from './changes.ts';

export function rememberingRecords(records: Records, count: CountOf): Records {
  const changes = (): number => count(ofRecords);
  const [deadline, held, nothing] = [createLast(changes), createLast(changes), createNothing(changes)];
  return {
    ...records,
    nextDeadline: () => deadline('', records.nextDeadline),
    held: (prefix) => held(prefix, () => records.held(prefix)),
    unsent: (before, limit) =>
      nothing({
        key: 'unsent',
        ask: () => records.unsent(before, limit),
        widest: () => records.unsent(Number.MAX_SAFE_INTEGER, 1),
        rows: (found) => found,
        none: [],
      }),
    find(machine, query) {
      const find = (asked: Query) => records.find(machine, asked);
      return query.after === undefined ? nothing(found(`find ${machine}`, query, find)) : find(query);
    },
  };
}

export function rememberingDocuments(documents: Documents, count: CountOf): Documents {
  const nothing = createNothing(() => count(ofOutbox));
  /** One for each collection, however often it is opened. */
  const memories = new Map<string, Memory>();
  const memoryOf = (name: string): Memory => {
    const changes = (): number => count(ofCollection(name));
    const memory = memories.get(name) ?? { last: createLast(changes), nothing: createNothing(changes) };
    memories.set(name, memory);
    return memory;
  };
  return {
    ...documents,
    collection: <Body extends object>(spec: CollectionSpec) =>
      rememberingCollection(documents.collection<Body>(spec), memoryOf(spec.name)),
    unsent: (before, limit) =>
      nothing({
        key: 'unsent',
        ask: () => documents.unsent(before, limit),
        widest: () => documents.unsent(Number.MAX_SAFE_INTEGER, 1),
        rows: (waiting) => waiting,
        none: [],
      }),
  };
}

interface Memory {
  last: ReturnType<typeof createLast>;
  nothing: ReturnType<typeof createNothing>;
}

const rememberingCollection = <Body extends object>(
  collection: Collection<Body>,
  { last, nothing }: Memory,
): Collection<Body> => ({
  ...collection,
  get: (id) => last(id, () => collection.get(id)),
  find: (query) =>
    query.after === undefined ? nothing(found('find', query, collection.find)) : collection.find(query),
});

/** Remembers the answer to the last question only, from the second time on: most questions are asked once. */
function createLast(changes: () => number) {
  let last: { key: string; at: number; json: string | null } | null = null;
  return async <Answer>(key: string, ask: () => Promise<Answer>): Promise<Answer> => {
    const at = changes();
    const again = last?.key === key && last.at === at ? last : null;
    // Made anew for each: nobody's answer is changed by another.
    if (again !== null && again.json !== null) return parsed(again.json);
    const answer = await ask();
    last = { key, at, json: again === null ? null : JSON.stringify(answer) };
    return answer;
  };
}

/** The one place where a remembered answer gets its type back. */
const parsed = <Answer>(json: string): Answer => JSON.parse(json);

interface Question<Answer> {
  /** The same for questions that differ in their bounds only. */
  key: string;
  ask(): Promise<Answer>;
  /** The question without its bounds; absent where it has none. */
  widest?(): Promise<Answer>;
  rows(answer: Answer): readonly unknown[];
  none: Answer;
}

/** Beyond these, questions are asked as if nobody remembered. */
const keysMax = 256;
const keyLengthMax = 512;

/**
 * Remembers which questions have nothing for an answer. Bounds move with the clock from one look to the next; so when a look
 * finds nothing twice, and nothing changed between, the question is asked once without them.
 */
function createNothing(changes: () => number) {
  /** `nothing`: null until it was asked without bounds. */
  const known = new Map<string, { at: number; nothing: boolean | null }>();
  return async <Answer>({ key, ask, widest, rows, none }: Question<Answer>): Promise<Answer> => {
    const at = changes();
    const last = known.get(key);
    const same = last?.at === at ? last : null;
    if (same?.nothing === true) return none;
    const answer = await ask();
    if (rows(answer).length > 0 || key.length > keyLengthMax) return answer;
    if (widest === undefined) known.set(key, { at, nothing: true });
    else if (same === null) known.set(key, { at, nothing: null });
    else if (same.nothing === null) known.set(key, { at, nothing: rows(await widest()).length === 0 });
    if (known.size > keysMax) known.clear();
    return answer;
  };
}

function found<Row>(
  name: string,
  query: Query,
  find: (query: Query) => Promise<Page<Row>>,
): Question<Page<Row>> {
  const { where: asked = {}, sort = null, skip = 0 } = query;
  const where = withoutBounds(asked);
  const key = `${name} ${JSON.stringify([where, sort])}`;
  const question = {
    key,
    ask: () => find(query),
    rows: (page: Page<Row>) => page.rows,
    none: { rows: [], next: null },
  };
  const isWidest = skip === 0 && JSON.stringify(where) === JSON.stringify(asked);
  return isWidest ? question : { ...question, widest: () => find({ where, limit: 1 }) };
}

/** Matches whatever the filter matches, and more: a field that is compared is there. */
const withoutBounds = (where: Filter): Filter =>
  Object.fromEntries(Object.entries(where).map(([field, condition]) => [field, unbounded(condition)]));

function unbounded(condition: Scalar | Condition): Scalar | Condition {
  if (condition === null || typeof condition !== 'object') return condition;
  const { gt, gte, lt, lte, ...rest } = condition;
  const isBounded = [gt, gte, lt, lte].some((bound) => bound !== undefined);
  return isBounded ? { ...rest, exists: true } : condition;
}
