// What must be true once nothing fails any more: every run is final, and nothing of it is left behind.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Admins } from './admins.ts';
import type { Leaving, People } from './people.ts';
import type { Poison } from './poison.ts';
import type { Safety } from './safety.ts';
import type { World } from './world/world.ts';

interface Acting {
  people: People;
  admins: Admins;
  leaving: Leaving;
}

/** The first thing that is still open, in words; null when all is at rest. */
export function leftOver(
  world: World,
  acting: Acting,
  poisoned: readonly Poison[],
  ever: Pick<Safety, 'rows' | 'letters'>,
): string | null {
  const rest = { mayWait: isLeftToDecide(world), mayStay: nobody };
  return (
    underWay(world, acting, rest) ??
    unheard(world, ever.rows()) ??
    wrongLetter(world, ever.letters(), poisoned) ??
    acting.leaving.wrong(world)
  );
}

/**
 * How long nothing will happen but that everybody looks whether something has: all that is open waits for a deadline that is far
 * off, perhaps because its script hangs. 0 when anything is under way, or nothing is open.
 */
export function idleMs(world: World, acting: Acting): number {
  const isDecided = isLeftToDecide(world);
  const leftMs = ({ nextDeadline }: SagaRecord): number => (nextDeadline ?? 0) - world.wallNow() - AWAKE_MS;
  const hanging = world.fleet.pods().filter(({ supervisor }) => supervisor.plan()?.end === 'hangs');
  const stuck = new Set(hanging.map(({ status }) => status.key));
  const idle = {
    mayWait: (record: SagaRecord) => isDecided(record) || leftMs(record) > 0,
    mayStay: (key: string | null) => stuck.has(key),
  };
  if (underWay(world, acting, idle) !== null) return 0;
  const waiting = world.records.all().filter((record) => !record.final && !isDecided(record));
  return waiting.length === 0 ? 0 : Math.min(...waiting.map(leftMs));
}
/** So long before a deadline everybody is awake, and leases and heartbeats are as ever. */
const AWAKE_MS = 6_000;

interface AtRest {
  /** Whether a record that is not final is at rest all the same. */
  mayWait(record: SagaRecord): boolean;
  /** The same of what runs for an attempt. */
  mayStay(key: string | null): boolean;
}
const nobody = (): boolean => false;

/** What is not at rest. */
function underWay(
  world: World,
  { people, admins, leaving }: Acting,
  { mayWait, mayStay }: AtRest,
): string | null {
  if (![people, admins, leaving].every((one) => one.satisfied())) return 'somebody still waits for an answer';
  for (const record of world.records.all()) {
    const { id, state, final, uniques, outbox, sentThrough, timers } = record;
    if (!final && !mayWait(record)) return `${id} is ${state}`;
    if (final && uniques.some((unique) => unique.startsWith('slot:')))
      return `${id} is final and holds a slot`;
    if (outbox.some(({ n }) => n > sentThrough)) return `${id} has unsent rows`;
    if (final && timers.length > 0) return `${id} is final and has timers`;
  }
  for (const { id, body } of world.documents.all('placements'))
    if (body.state !== 'gone' && !mayStay(id)) return `the placement of ${id} is ${String(body.state)}`;
  for (const { status, supervisor } of world.fleet.pods())
    if ((status.key !== null || supervisor.job() !== null) && !mayStay(status.key))
      return `pod ${status.name} of ${status.key} is left`;
  const [unsent] = world.documents.unsent();
  if (unsent !== undefined) return `${unsent.collection} ${unsent.id} has unsent rows`;
  const [waiting] = world.bus.waiting();
  return waiting ?? null;
}

/** What a turn asked for and the bus never carried; repetitions of commands would hide it. */
function unheard({ bus }: World, rows: ReadonlySet<string>): string | null {
  for (const id of rows) if (!bus.carried(id)) return `row ${id} was never published`;
  return null;
}

/** A letter that waits for people, or for the hour of its policy. */
const isLeftToDecide =
  (world: World) =>
  ({ machine, state, nextDeadline }: SagaRecord): boolean =>
    machine === 'dead-letter' &&
    (state === 'manual' || (state === 'scheduled' && (nextDeadline ?? 0) > world.wallNow() + LATER_MS));
const LATER_MS = 15_000;

/** Every poisoned message is a dead letter exactly once, and no other message is one, but of a run whose output is unreadable. */
function wrongLetter(
  { harmed }: World,
  letters: readonly SagaRecord[],
  poisoned: readonly Poison[],
): string | null {
  for (const { id, mended } of poisoned) {
    const found = letters.filter((letter) => letter.id.startsWith(`${id}/`));
    if (found.length !== 1) return `${id} became ${found.length} dead letters`;
    if (found[0]?.state === 'retried' && mended !== true) return `${id} was taken, and nobody can take it`;
  }
  const unexplained = letters.find(
    (letter) =>
      !poisoned.some(({ id }) => letter.id.startsWith(`${id}/`)) &&
      !harmed.has(`output ${String(letter.fields.key)}`),
  );
  return unexplained === undefined ? null : `${unexplained.id} is a dead letter without a reason`;
}
