// Who is next, said as plainly as possible and slowly: what the order of src/domain/queue.ts must agree with.
import { priorities } from '#src/domain/execution.ts';
import { ageingMs, type Queue, type QueueEntry } from '#src/domain/queue.ts';

/** The one to be admitted next if a slot were free, or null when every user who waits is at the limit. */
export function nextOf({ entries, heldByUser, limits }: Queue, now: number): QueueEntry | null {
  const users = [...new Set(entries.map(({ userId }) => userId))];
  const candidates = users.flatMap((userId) => {
    const share = heldByUser.get(userId) ?? 0;
    if (share >= (limits.concurrentByUser.get(userId) ?? limits.concurrentPerUserMax)) return [];
    const own = entries.filter((entry) => entry.userId === userId);
    const [first] = own.toSorted(by((entry) => [lifted(entry, 0, now), entry.createdAt, entry.id]));
    return first === undefined ? [] : [{ entry: first, share }];
  });
  const [best] = candidates.toSorted(
    by(({ entry, share }) => [lifted(entry, share, now), share, entry.createdAt, entry.id]),
  );
  return best?.entry ?? null;
}

/** The queue as it is once that run is admitted. */
export function admitted(queue: Queue, entry: QueueEntry): Queue {
  const held = new Map(queue.heldByUser);
  held.set(entry.userId, (held.get(entry.userId) ?? 0) + 1);
  return { ...queue, heldByUser: held, entries: queue.entries.filter(({ id }) => id !== entry.id) };
}

const lifted = ({ priority, createdAt }: QueueEntry, share: number, now: number): number =>
  priorities.indexOf(priority) - Math.floor((now - createdAt) / (ageingMs * (share + 1)));

type Key = readonly (number | string)[];

const by =
  <Row>(keyOf: (row: Row) => Key) =>
  (a: Row, b: Row): number => {
    const [one, other] = [keyOf(a), keyOf(b)];
    const place = one.findIndex((value, index) => value !== other[index]);
    const [left, right] = [one[place], other[place]];
    return left === undefined || right === undefined ? 0 : left < right ? -1 : 1;
  };
