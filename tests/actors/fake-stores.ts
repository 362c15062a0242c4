// Documents with unique indexes and conditions, and an output log, in memory: as far as the roles of pods and results use them.
import type { Collection, CollectionSpec, Documents, Stored } from '#src/ports/documents.ts';
import type { Condition, Filter, Scalar } from '#src/ports/filter.ts';
import type { Chunk, Frame, Input, OutputLog, Seal } from '#src/ports/output-log.ts';

type Body = Record<string, unknown>;

/** Rejects when a test wants the call to fail. */
export type Gate = (call: string) => Promise<void>;

export function fakeDocuments(gate: Gate): Documents {
  const shelves = new Map<string, Map<string, Stored<Body>>>();
  const collection = (spec: CollectionSpec): Collection<Body> => {
    const shelf = shelves.get(spec.name) ?? new Map<string, Stored<Body>>();
    shelves.set(spec.name, shelf);
    const takes = (id: string, body: Body): readonly string[] | null =>
      spec.indexes.find(
        ({ unique, fields }) =>
          unique === true &&
          fields.every((field) => (body[field] ?? null) !== null) &&
          [...shelf.values()].some(
            (other) => other.id !== id && fields.every((field) => other.body[field] === body[field]),
          ),
      )?.fields ?? null;
    return {
      async insert(id, body) {
        await gate('documents.insert');
        if (shelf.has(id)) return { kind: 'exists' };
        const fields = takes(id, body);
        if (fields !== null) return { kind: 'taken', fields };
        shelf.set(id, { id, version: 1, body: structuredClone(body) });
        return { kind: 'inserted' };
      },
      async get(id) {
        await gate('documents.get');
        return structuredClone(shelf.get(id) ?? null);
      },
      find: async ({ where = {} }) => ({
        rows: [...shelf.values()]
          .filter(({ body }) => matches(body, where))
          .map((row) => structuredClone(row)),
        next: null,
      }),
      count: async (where) => [...shelf.values()].filter(({ body }) => matches(body, where)).length,
      async change(id, change, options = {}) {
        await gate('documents.change');
        const stored = shelf.get(id);
        if (stored === undefined) return { kind: 'absent' };
        const isStale = options.expectedVersion !== undefined && options.expectedVersion !== stored.version;
        if (isStale || !matches(stored.body, options.where ?? {})) {
          return { kind: 'unmatched', stored: structuredClone(stored) };
        }
        const body = { ...stored.body, ...change.set };
        const fields = takes(id, body);
        if (fields !== null) return { kind: 'taken', fields };
        const next = { id, version: stored.version + 1, body };
        shelf.set(id, next);
        return { kind: 'changed', stored: structuredClone(next) };
      },
      remove: async (id) => shelf.delete(id),
      removeWhere: async () => 0,
    };
  };
  return {
    collection: <Wanted extends object>(spec: CollectionSpec) =>
      collection(spec) as unknown as Collection<Wanted>,
    unsent: async () => [],
    mark: async () => undefined,
  };
}

const matches = (body: Body, where: Filter): boolean =>
  Object.entries(where).every(([field, condition]) => holds(body[field] ?? null, condition));

function holds(value: unknown, condition: Scalar | Condition): boolean {
  if (typeof condition !== 'object' || condition === null) return value === condition;
  return condition.exists === undefined || condition.exists === (value !== null);
}

export interface FakeOutputLog extends OutputLog {
  frames(execution: string, attempt: number): Frame[];
}

export function fakeOutputLog(gate: Gate): FakeOutputLog {
  const logs = new Map<string, Map<number, Chunk>>();
  const inputs = new Map<string, Input[]>();
  const logOf = (execution: string, attempt: number): Map<number, Chunk> => {
    const log = logs.get(`${execution}:${attempt}`) ?? new Map<number, Chunk>();
    logs.set(`${execution}:${attempt}`, log);
    return log;
  };
  const contiguous = (log: Map<number, Chunk>, from: number): { frames: Frame[]; seal: Seal | null } => {
    const frames: Frame[] = [];
    for (let number = from; ; number += 1) {
      const chunk = log.get(number);
      if (chunk === undefined) return { frames, seal: null };
      if (chunk.kind === 'seal') return { frames, seal: chunk.seal };
      frames.push(chunk.frame);
    }
  };
  return {
    frames: (execution, attempt) => contiguous(logOf(execution, attempt), 0).frames,
    async append(execution, attempt, chunks) {
      await gate('append');
      const log = logOf(execution, attempt);
      let highest = -1;
      for (const chunk of chunks) highest = Math.max(highest, numberOf(chunk));
      for (const chunk of chunks) {
        const there = log.get(numberOf(chunk));
        if (there?.kind === 'seal') break;
        if (there === undefined) log.set(numberOf(chunk), chunk);
      }
      const seal = [...log.values()].find((chunk) => chunk.kind === 'seal' && chunk.number <= highest);
      return seal?.kind === 'seal' ? seal.seal : null;
    },
    async read(execution, attempt, from, limit = 1_000) {
      await gate('read');
      const { frames, seal } = contiguous(logOf(execution, attempt), from);
      return { frames: frames.slice(0, limit), seal: frames.length > limit ? null : seal };
    },
    async appendInput(execution, attempt, { data, end }) {
      const all = inputs.get(`${execution}:${attempt}`) ?? [];
      inputs.set(`${execution}:${attempt}`, all);
      all.push({ number: all.length + 1, data, end });
      return { kind: 'appended', number: all.length };
    },
    readInput: async (execution, attempt, after) =>
      (inputs.get(`${execution}:${attempt}`) ?? []).filter(({ number }) => number > after),
    async remove(execution) {
      for (const store of [logs, inputs])
        for (const key of store.keys()) if (key.startsWith(`${execution}:`)) store.delete(key);
    },
  };
}

const numberOf = (chunk: Chunk): number => (chunk.kind === 'frame' ? chunk.frame.number : chunk.number);
