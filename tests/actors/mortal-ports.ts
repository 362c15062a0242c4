// The ports of a process that can die at any of its calls: what was asked for may have happened, no answer comes back, and
// nothing of it runs any more. Answers of records come in small pages, as they do where there are many.
import type { Query } from '#src/ports/filter.ts';
import type { Ports } from '#src/ports/ports.ts';
import type { Records } from '#src/ports/records.ts';
import type { World } from './memory-ports.ts';
import { portsOf } from './settings.ts';

export interface Mortal {
  ports: Ports;
  /** Names of the calls so far; `find all` is the last page of all that wait, `admit` an admission. */
  calls: readonly string[];
  /** Dies at the call with this number from now, from 0, before it takes effect or after. */
  dieAt(call: number, when: 'before' | 'after'): void;
  die(): void;
  /** Stands still at that call, which takes effect only once it goes on: a process that was stopped and woken. */
  standStillAt(call: number): void;
  goOn(): void;
  dead(): boolean;
}

const pageRows = 2;

export function mortalPorts(world: World): Mortal {
  const calls: string[] = [];
  let death: { at: number; when: 'before' | 'after' } | null = null;
  let dead = false;
  let still: { at: number; over: PromiseWithResolvers<void> } | null = null;

  async function call<Answer>(
    name: (answer: Answer) => string,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    const last = death !== null && calls.length >= death.at;
    if (last && death?.when === 'before') dead = true;
    if (dead) return new Promise(() => undefined);
    const place = calls.push('unanswered') - 1;
    if (still !== null && place >= still.at) await still.over.promise;
    const answer = await work();
    if (last) dead = true;
    if (dead) return new Promise(() => undefined);
    calls[place] = name(answer);
    return answer;
  }

  async function page(machine: string, query: Query): ReturnType<Records['find']> {
    const { rows } = await world.records.find(machine, query);
    const from = Number(query.after ?? 0);
    const next = from + pageRows;
    return { rows: rows.slice(from, next), next: next < rows.length ? String(next) : null };
  }

  const { records, leases, documents } = world;
  const mortal: Records = {
    ...records,
    load: (machine, id) =>
      call(
        () => 'load',
        () => records.load(machine, id),
      ),
    commit: (record) =>
      call(
        () => 'commit',
        () => records.commit(record),
      ),
    held: (prefix) =>
      call(
        () => 'held',
        () => records.held(prefix),
      ),
    holder: (unique) =>
      call(
        () => 'holder',
        () => records.holder(unique),
      ),
    find(machine, query) {
      const whole = query.where?.state === 'queued' && query.where.at === undefined;
      return call(
        ({ next }) => (whole ? (next === null ? 'find all' : 'find page') : 'find changed'),
        () => page(machine, query),
      );
    },
  };
  const ports = portsOf(world, {
    records: mortal,
    leases: {
      ...leases,
      acquire: (name, holder, ttlMs) =>
        call(
          () => 'acquire',
          () => leases.acquire(name, holder, ttlMs),
        ),
      // The dead give nothing back.
      release: async (name, holder) => (dead ? undefined : leases.release(name, holder)),
    },
    documents: {
      ...documents,
      collection(spec) {
        const collection = documents.collection<never>(spec);
        return {
          ...collection,
          get: (id) =>
            call(
              () => `get ${spec.name}`,
              () => collection.get(id),
            ),
        };
      },
    },
  });
  return {
    ports,
    calls,
    dieAt(at, when) {
      death = { at: calls.length + at, when };
    },
    die() {
      dead = true;
    },
    standStillAt(at) {
      still = { at: calls.length + at, over: Promise.withResolvers() };
    },
    goOn() {
      still?.over.resolve();
      still = null;
    },
    dead: () => dead,
  };
}
