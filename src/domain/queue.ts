// Who is admitted next, and where everybody stands: one pure order for the scheduler and for what people are shown.
// It never reads a clock and never decides that a run is too late; it only orders.
import { type Priority, priorities } from './execution.ts';

export interface QueueEntry {
  id: string;
  userId: string;
  priority: Priority;
  /** When the present attempt was queued. */
  queuedAt: number;
  attempt: number;
}

export interface QueueLimits {
  concurrentMax: number;
  concurrentPerUserMax: number;
}

export interface Queue {
  entries: readonly QueueEntry[];
  /** Slots that each user holds now. */
  heldByUser: ReadonlyMap<string, number>;
  limits: QueueLimits;
}

export interface Admission {
  entry: QueueEntry;
  slot: number;
}

/** A closed stretch of time; `to` is null while it lasts. */
export interface Closure {
  from: number;
  to: number | null;
}

/** Each such stretch of waiting lifts a run by one priority, without an upper end: nothing waits for ever. */
export const ageingMs = 60_000;

interface Place {
  entry: QueueEntry;
  /** Its user's limit would be exceeded if everybody before it were admitted. */
  blocked: boolean;
  rank: number;
  /** Slots its user would hold by then: the fewer, the sooner. */
  share: number;
}

/**
 * Runs with the lowest free slot numbers, best first: by priority with ageing, then whoever's user holds the fewest
 * slots, then the oldest. Never more than the limits allow.
 */
export function admissions(queue: Queue, taken: ReadonlySet<number>, now: number): Admission[] {
  const free = freeSlots(taken, queue.limits.concurrentMax);
  return placesOf(queue, now)
    .filter((place) => !place.blocked)
    .slice(0, free.length)
    .flatMap(({ entry }, index) => {
      const slot = free[index];
      return slot === undefined ? [] : [{ entry, slot }];
    });
}

/** All entries in the order in which they would be admitted; those over their user's limit come last. */
export const admissionOrder = (queue: Queue, now: number): QueueEntry[] =>
  placesOf(queue, now).map((place) => place.entry);

/** How long admission was open between two moments; only this counts towards a queue's time-out. */
export function openMs(from: number, to: number, closures: readonly Closure[]): number {
  let open = Math.max(0, to - from);
  for (const closure of closures) {
    const start = Math.max(from, closure.from);
    const end = Math.min(to, closure.to ?? to);
    open -= Math.max(0, end - start);
  }
  return Math.max(0, open);
}

function placesOf(queue: Queue, now: number): Place[] {
  const ranked = queue.entries.map((entry) => ({ entry, rank: rankOf(entry, now) }));
  ranked.sort((a, b) => a.rank - b.rank || byAge(a.entry, b.entry));
  const shares = new Map(queue.heldByUser);
  const places = ranked.map(({ entry, rank }) => {
    const share = shares.get(entry.userId) ?? 0;
    shares.set(entry.userId, share + 1);
    return { entry, rank, share, blocked: share >= queue.limits.concurrentPerUserMax };
  });
  // A user's own entries keep their order, since each has a greater share than the one before it.
  return places.sort(
    (a, b) =>
      Number(a.blocked) - Number(b.blocked) ||
      a.rank - b.rank ||
      a.share - b.share ||
      byAge(a.entry, b.entry),
  );
}

const rankOf = (entry: QueueEntry, now: number): number =>
  priorities.indexOf(entry.priority) - Math.floor(Math.max(0, now - entry.queuedAt) / ageingMs);

const byAge = (a: QueueEntry, b: QueueEntry): number =>
  a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

function freeSlots(taken: ReadonlySet<number>, concurrentMax: number): number[] {
  const free: number[] = [];
  const count = Math.max(0, concurrentMax - taken.size);
  for (let slot = 1; free.length < count; slot += 1) if (!taken.has(slot)) free.push(slot);
  return free;
}
