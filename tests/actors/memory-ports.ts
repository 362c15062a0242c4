// Ports in memory, just enough for the actors' own tests; every value crosses them as JSON. Faults are injected by `fail`.
import { unavailable } from '#src/domain/errors.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { checkMessage, checkRecord } from '#src/domain/sizes.ts';
import type { Bus, Subscription } from '#src/ports/bus.ts';
import type { Collection, Documents, Stored, UnsentDocument } from '#src/ports/documents.ts';
import type { Filter } from '#src/ports/filter.ts';
import type { Leases } from '#src/ports/leases.ts';
import type { LiveFeed } from '#src/ports/live-feed.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { Records } from '#src/ports/records.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

export interface World {
  clock: VirtualClock;
  logger: Logger;
  /** Messages of the log, each with its fields. */
  lines: { level: string; message: string; fields: Record<string, unknown> }[];
  records: Records;
  documents: Documents;
  bus: Bus;
  published: DomainEvent[];
  liveFeed: LiveFeed;
  hints: string[];
  /** Documents with an outbox, as if they had been changed. */
  unsentDocuments: (UnsentDocument & { at: number })[];
  leases: Leases;
  ids: { next(): string };
  /** The next calls of this name fail so often, as if the dependency were away. */
  fail(call: string, times: number): void;
  /** Called after the named call has been made and before it answers. */
  between(call: string, act: () => void | Promise<void>): void;
  calls: Map<string, number>;
  stored: Map<string, SagaRecord>;
}

const copy = <Value>(value: Value): Value => structuredClone(value);

export function memoryWorld(): World {
  const clock = virtualClock();
  const failing = new Map<string, number>();
  const acts = new Map<string, () => void | Promise<void>>();
  const calls = new Map<string, number>();
  const gate = async (call: string): Promise<void> => {
    calls.set(call, (calls.get(call) ?? 0) + 1);
    const left = failing.get(call) ?? 0;
    if (left > 0) {
      failing.set(call, left - 1);
      throw unavailable(call);
    }
    const act = acts.get(call);
    acts.delete(call);
    await act?.();
  };
  const { logger, lines } = memoryLogger();
  const { liveFeed, hints } = memoryFeed();
  const { records, stored } = memoryRecords(gate);
  const { bus, published } = memoryBus(gate, clock);
  const unsentDocuments: World['unsentDocuments'] = [];
  let drawn = 0;
  return {
    clock,
    logger,
    lines,
    records,
    documents: memoryDocuments(gate, unsentDocuments),
    unsentDocuments,
    bus,
    published,
    liveFeed,
    hints,
    leases: memoryLeases(gate, clock),
    ids: { next: () => `id-${++drawn}` },
    fail: (call, times) => void failing.set(call, times),
    between: (call, act) => void acts.set(call, act),
    calls,
    stored,
  };
}

type Gate = (call: string) => Promise<void>;

function memoryLogger() {
  const lines: World['lines'] = [];
  const at = (level: string) => (fields: Record<string, unknown>, message: string) =>
    void lines.push({ level, message, fields });
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return { logger, lines };
}

function memoryFeed() {
  const hints: string[] = [];
  const waiters = new Map<string, Set<() => void>>();
  const liveFeed: LiveFeed = {
    hint(channel) {
      hints.push(channel);
      for (const wake of waiters.get(channel) ?? []) wake();
    },
    subscribe(channel, wake) {
      const here = waiters.get(channel) ?? new Set();
      waiters.set(channel, here.add(wake));
      return () => void here.delete(wake);
    },
    subscribers: () => [...waiters.values()].reduce((sum, here) => sum + here.size, 0),
  };
  return { liveFeed, hints };
}

function memoryRecords(gate: Gate) {
  const stored = new Map<string, SagaRecord>();
  const keyOf = (machine: string, id: string): string => `${machine}/${id}`;
  const all = (): SagaRecord[] => [...stored.values()];
  const takenBy = (record: SagaRecord): string | null => {
    const others = all().filter(
      (other) => keyOf(other.machine, other.id) !== keyOf(record.machine, record.id),
    );
    const held = new Set(others.flatMap((other) => other.uniques));
    return record.uniques.find((unique) => held.has(unique)) ?? null;
  };
  const records: Records = {
    async insert(record) {
      await gate('insert');
      if (stored.has(keyOf(record.machine, record.id))) return { kind: 'exists' };
      const unique = takenBy(record);
      if (unique !== null) return { kind: 'taken', unique };
      checkRecord(record, JSON.stringify(record));
      stored.set(keyOf(record.machine, record.id), copy(record));
      await gate('inserted');
      return { kind: 'inserted' };
    },
    async load(machine, id) {
      await gate('load');
      const record = stored.get(keyOf(machine, id));
      return record === undefined ? null : copy(record);
    },
    async commit(record) {
      await gate('commit');
      const key = keyOf(record.machine, record.id);
      const old = stored.get(key);
      if (old?.version !== record.version - 1) return { kind: 'conflict' };
      const unique = takenBy(record);
      if (unique !== null) return { kind: 'taken', unique };
      checkRecord(record, JSON.stringify(record));
      stored.set(key, copy({ ...record, sentThrough: Math.max(old.sentThrough, record.sentThrough) }));
      return { kind: 'committed' };
    },
    async mark(machine, id, row) {
      await gate('mark');
      const record = stored.get(keyOf(machine, id));
      if (record !== undefined) record.sentThrough = Math.max(record.sentThrough, row);
    },
    async due(now, limit) {
      await gate('due');
      const due = all().flatMap(({ machine, id, timers }) =>
        timers.map((timer) => ({ machine, id, ...timer })),
      );
      return due
        .filter(({ at }) => at <= now)
        .sort((a, b) => a.at - b.at)
        .slice(0, limit);
    },
    async nextDeadline() {
      await gate('nextDeadline');
      const deadlines = all().flatMap(({ nextDeadline }) => (nextDeadline === null ? [] : [nextDeadline]));
      return deadlines.length === 0 ? null : Math.min(...deadlines);
    },
    async unsent(before, limit) {
      await gate('unsent');
      const old = all().filter(({ outbox, sentThrough }) =>
        outbox.some(({ n, at }) => n > sentThrough && at <= before),
      );
      return old.slice(0, limit).map(({ machine, id }) => ({ machine, id }));
    },
    async find(machine, query) {
      await gate('find');
      const rows = all().filter((record) => record.machine === machine && fits(record, query.where ?? {}));
      return { rows: copy(rows), next: null };
    },
    count: async (machine, where) =>
      all().filter((record) => record.machine === machine && fits(record, where)).length,
    sum: async (machine, field, where) =>
      all()
        .filter((record) => record.machine === machine && fits(record, where))
        .reduce((sum, { fields }) => sum + Number(fields[field] ?? 0), 0),
    async holder(unique) {
      const holder = all().find((record) => record.uniques.includes(unique));
      return holder === undefined ? null : { machine: holder.machine, id: holder.id };
    },
    async held(prefix) {
      await gate('held');
      return all()
        .flatMap(({ uniques }) => uniques)
        .filter((unique) => unique.startsWith(prefix))
        .sort();
    },
    remove: async (machine, id) => stored.delete(keyOf(machine, id)),
  };
  return { records, stored };
}

function fits(record: SagaRecord, where: Filter): boolean {
  const own: Record<string, unknown> = {
    ...record.fields,
    ...record,
    quarantined: record.quarantine !== null,
  };
  return fitsAll(own, where);
}

function fitsAll(own: object, where: Filter): boolean {
  return Object.entries(where).every(([field, condition]) => {
    const value: unknown = Reflect.get(own, field) ?? null;
    if (condition === null || typeof condition !== 'object') return value === condition;
    const { exists, gt, gte, lt } = condition;
    if (exists !== undefined && exists !== (value !== null)) return false;
    if (gt !== undefined && !(typeof value === 'number' && value > Number(gt))) return false;
    if (gte !== undefined && !(typeof value === 'number' && value >= Number(gte))) return false;
    return lt === undefined || (typeof value === 'number' && value < Number(lt));
  });
}

function memoryBus(gate: Gate, clock: VirtualClock) {
  const published: DomainEvent[] = [];
  const subscriptions: { subscription: Subscription; deliver(): void }[] = [];
  const bus: Bus = {
    async publish(events) {
      await gate('publish');
      for (const event of events) checkMessage(event);
      published.push(...copy([...events]));
      for (const { deliver } of subscriptions) deliver();
    },
    async prune() {
      await gate('prune');
      return 0;
    },
    async subscribe(subscription) {
      await gate('subscribe');
      let next = 0;
      let closed = false;
      let working: Promise<void> | null = null;
      const work = async (): Promise<void> => {
        for (; next < published.length && !closed; next += 1) {
          const event = published[next];
          if (event === undefined || !subscription.topics.includes(event.type)) continue;
          let taken = await handled(event);
          while (!taken && !closed) {
            await Promise.race([pauseFor(500), closing.promise]);
            if (!closed) taken = await handled(event);
          }
          if (!taken) return;
        }
      };
      const closing = Promise.withResolvers<void>();
      const handled = (event: DomainEvent): Promise<boolean> =>
        subscription.handle(copy(event)).then(
          () => true,
          () => false,
        );
      const pauseFor = (ms: number): Promise<void> =>
        new Promise((resolve) => {
          clock.after(ms, resolve);
        });
      const deliver = (): void => {
        if (working === null && !closed) {
          working = work().finally(() => {
            working = null;
            if (next < published.length) deliver();
          });
        }
      };
      subscriptions.push({ subscription, deliver });
      deliver();
      return {
        async close() {
          closed = true;
          closing.resolve();
          await working;
        },
        lag: async () => published.length - next,
        inFlight: () => (working === null ? 0 : 1),
      };
    },
  };
  return { bus, published };
}

function memoryDocuments(gate: Gate, unsent: World['unsentDocuments']): Documents {
  const collections = new Map<string, Map<string, Stored<object>>>();
  return {
    collection<Body extends object>({ name }: { name: string }) {
      const here = collections.get(name) ?? new Map<string, Stored<object>>();
      collections.set(name, here);
      return memoryCollection(here as Map<string, Stored<Body>>, gate);
    },
    async unsent(before, limit) {
      await gate('documents.unsent');
      return unsent.filter(({ at }) => at <= before).slice(0, limit);
    },
    async mark(collection, id) {
      const place = unsent.findIndex((document) => document.collection === collection && document.id === id);
      if (place >= 0) unsent.splice(place, 1);
    },
  };
}

function memoryCollection<Body extends object>(
  here: Map<string, Stored<Body>>,
  gate: Gate,
): Collection<Body> {
  return {
    async insert(id, body) {
      await gate('documents.insert');
      if (here.has(id)) return { kind: 'exists' };
      here.set(id, { id, version: 1, body: copy(body) });
      return { kind: 'inserted' };
    },
    get: async (id) => copy(here.get(id) ?? null),
    async find({ where = {} }) {
      await gate('documents.find');
      const rows = [...here.values()].filter(({ body }) => fitsAll({ ...body }, where));
      return { rows: copy(rows), next: null };
    },
    count: async () => here.size,
    async change(id, change) {
      await gate('documents.change');
      const old = here.get(id);
      if (old === undefined) return { kind: 'absent' };
      const stored = { id, version: old.version + 1, body: { ...old.body, ...copy(change.set ?? {}) } };
      here.set(id, stored);
      return { kind: 'changed', stored: copy(stored) };
    },
    remove: async (id) => here.delete(id),
    removeWhere: async () => 0,
  };
}

function memoryLeases(gate: Gate, clock: VirtualClock): Leases {
  const held = new Map<string, { holder: string; term: number; until: number }>();
  return {
    async acquire(name, holder, ttlMs) {
      await gate('acquire');
      const now = held.get(name);
      if (now !== undefined && now.holder !== holder && now.until > clock.now()) return null;
      const term = now === undefined ? 1 : now.holder === holder ? now.term : now.term + 1;
      held.set(name, { holder, term, until: clock.now() + ttlMs });
      return { name, holder, term };
    },
    async release(name, holder) {
      if (held.get(name)?.holder === holder) held.delete(name);
    },
    async current(name) {
      const now = held.get(name);
      return now === undefined ? null : { name, holder: now.holder, term: now.term };
    },
  };
}
