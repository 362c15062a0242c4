// Who is admitted next, and where everybody stands: one pure order for the scheduler and for what people are shown.
// It never reads a clock and never decides that a run is too late; it only orders.
import { type Priority, priorities } from './execution.ts';

export interface QueueEntry {
  id: string;
  userId: string;
  priority: Priority;
  /** When the run was accepted: its age here. A repeated attempt keeps it, for the loss was not its user's. */
  createdAt: number;
  /** When the present attempt was queued: from then its time-out counts. */
  queuedAt: number;
  attempt: number;
}

export interface QueueLimits {
  concurrentMax: number;
  concurrentPerUserMax: number;
  /** Users who may run another number at the same time. */
  concurrentByUser: ReadonlyMap<string, number>;
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

/**
 * Each such stretch of waiting lifts a run by one priority, without an upper end: nothing waits for ever. Where its user
 * holds slots already, or would by then, it ages the slower, as many times as it would hold with this one: a crowd that came
 * early does not shut out who comes after it.
 *
 * So before a run of priority p (0 the highest) that has waited for w, and whose user would hold s slots, goes nobody of
 * another user but who has waited for more than w / (s + 1) - (p + 1) * ageingMs. With none held: whoever comes (p + 1)
 * minutes later never passes it. Among runs of one user the age of each counts in full.
 */
export const ageingMs = 60_000;

/** What waits of one user, in the order in which that user's runs are admitted. */
interface Line {
  entries: readonly QueueEntry[];
  /** Slots that the user would hold when the first of these comes to its turn. */
  share: number;
}

/** The first of a line, as it competes with those of the others. */
interface Claim {
  line: Line;
  place: number;
  entry: QueueEntry;
  rank: number;
  share: number;
}

/**
 * Runs with the lowest free slot numbers, best first: by priority with ageing, then whoever's user holds the fewest
 * slots, then the oldest. Never more than the limits allow.
 */
export function admissions(queue: Queue, taken: ReadonlySet<number>, now: number): Admission[] {
  const free = freeSlots(taken, queue.limits.concurrentMax);
  if (free.length === 0) return [];
  const chosen: Admission[] = [];
  for (const entry of inTurn(linesOf(queue, now).open, now)) {
    const slot = free[chosen.length];
    if (slot === undefined) break;
    chosen.push({ entry, slot });
  }
  return chosen;
}

/** All entries in the order in which they would be admitted; those over their user's limit come last. */
export function admissionOrder(queue: Queue, now: number): QueueEntry[] {
  const { open, blocked } = linesOf(queue, now);
  return [...inTurn(open, now), ...inTurn(blocked, now)];
}

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

/** Each user's runs in their own order, cut where the user's limit would be reached if all before were admitted. */
function linesOf({ entries, heldByUser, limits }: Queue, now: number): { open: Line[]; blocked: Line[] } {
  const byUser = new Map<string, { entry: QueueEntry; rank: number }[]>();
  for (const entry of entries) {
    const line = byUser.get(entry.userId) ?? [];
    line.push({ entry, rank: rankOf(entry, 0, now) });
    byUser.set(entry.userId, line);
  }
  const open: Line[] = [];
  const blocked: Line[] = [];
  for (const [userId, line] of byUser) {
    line.sort((a, b) => a.rank - b.rank || byAge(a.entry, b.entry));
    const own = line.map(({ entry }) => entry);
    const share = heldByUser.get(userId) ?? 0;
    const limit = limits.concurrentByUser.get(userId) ?? limits.concurrentPerUserMax;
    const room = Math.max(0, limit - share);
    open.push({ entries: own.slice(0, room), share });
    blocked.push({ entries: own.slice(room), share: share + room });
  }
  return { open, blocked };
}

/** The best first of all lines, again and again. Whatever is taken from the front, the rest keeps its order. */
function* inTurn(lines: readonly Line[], now: number): Generator<QueueEntry> {
  const claims: Claim[] = lines.flatMap((line) => claimOf(line, 0, now) ?? []);
  // The best last, where it is cheap to take.
  claims.sort((a, b) => compareClaims(b, a));
  for (let best = claims.pop(); best !== undefined; best = claims.pop()) {
    yield best.entry;
    const next = claimOf(best.line, best.place + 1, now);
    if (next !== null) claims.splice(placeFor(claims, next), 0, next);
  }
}

function claimOf(line: Line, place: number, now: number): Claim | null {
  const entry = line.entries[place];
  if (entry === undefined) return null;
  const share = line.share + place;
  return { line, place, entry, share, rank: rankOf(entry, share, now) };
}

/** Where it belongs among claims of which the best is last. */
function placeFor(claims: readonly Claim[], claim: Claim): number {
  let [low, high] = [0, claims.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = claims[middle];
    if (other !== undefined && compareClaims(other, claim) > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

const compareClaims = (a: Claim, b: Claim): number =>
  a.rank - b.rank || a.share - b.share || byAge(a.entry, b.entry);

const rankOf = (entry: QueueEntry, share: number, now: number): number =>
  priorities.indexOf(entry.priority) -
  Math.floor(Math.max(0, now - entry.createdAt) / (ageingMs * (share + 1)));

const byAge = (a: QueueEntry, b: QueueEntry): number =>
  a.createdAt - b.createdAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** The lowest: two schedulers that know different things cannot exceed the limit together, for they meet at a number. */
function freeSlots(taken: ReadonlySet<number>, concurrentMax: number): number[] {
  const free: number[] = [];
  const count = Math.max(0, concurrentMax - taken.size);
  for (let slot = 1; free.length < count; slot += 1) if (!taken.has(slot)) free.push(slot);
  return free;
}
