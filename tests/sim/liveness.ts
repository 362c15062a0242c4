// What must be true once nothing fails any more: every run is final, and nothing of it is left behind.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Admins } from './admins.ts';
import type { Leaving, People } from './people.ts';
import type { Poison } from './poison.ts';
import type { Safety } from './safety.ts';
import type { World } from './world/world.ts';

/** The first thing that is still open, in words; null when all is at rest. */
export function leftOver(
  world: World,
  { people, admins, leaving }: { people: People; admins: Admins; leaving: Leaving },
  poisoned: readonly Poison[],
  ever: Pick<Safety, 'rows' | 'letters'>,
): string | null {
  if (![people, admins, leaving].every((one) => one.satisfied())) return 'somebody still waits for an answer';
  for (const record of world.records.all()) {
    const { id, state, final, uniques, outbox, sentThrough, timers } = record;
    if (!final && !isLeftToDecide(record, world.wallNow())) return `${id} is ${state}`;
    if (uniques.some((unique) => unique.startsWith('slot:'))) return `${id} is final and holds a slot`;
    if (outbox.some(({ n }) => n > sentThrough)) return `${id} has unsent rows`;
    if (final && timers.length > 0) return `${id} is final and has timers`;
  }
  for (const { id, body } of world.documents.all('placements'))
    if (body.state !== 'gone') return `the placement of ${id} is ${String(body.state)}`;
  for (const { status, supervisor } of world.fleet.pods())
    if (status.key !== null || supervisor.job() !== null)
      return `pod ${status.name} of ${status.key} is left`;
  const [unsent] = world.documents.unsent();
  if (unsent !== undefined) return `${unsent.collection} ${unsent.id} has unsent rows`;
  const [waiting] = world.bus.waiting();
  return (
    waiting ??
    unheard(world, ever.rows()) ??
    wrongLetter(world, ever.letters(), poisoned) ??
    leaving.wrong(world)
  );
}

/** What a turn asked for and the bus never carried; repetitions of commands would hide it. */
function unheard({ bus }: World, rows: ReadonlySet<string>): string | null {
  for (const id of rows) if (!bus.carried(id)) return `row ${id} was never published`;
  return null;
}

/** A letter that waits for people, or for the hour of its policy. */
const isLeftToDecide = ({ machine, state, nextDeadline }: SagaRecord, now: number): boolean =>
  machine === 'dead-letter' &&
  (state === 'manual' || (state === 'scheduled' && (nextDeadline ?? 0) > now + LATER_MS));
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
