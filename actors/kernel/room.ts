// What becomes of a record that has no room for its next turn. It is bounded by what may be in it (see the decision on sizes), so
// this is the last line: nothing waits for ever, and nothing is dropped in silence.
import { type StepOutcome, setAside } from '#machines/step.ts';
import { unavailable } from '#src/domain/errors.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';

/** While the bus is away each deadline would add a row, or two, and ask for what is asked for already. */
const unsentMax = 64;

const unsent = ({ outbox, sentThrough }: SagaRecord): number => {
  let count = 0;
  for (const { n } of outbox) if (n > sentThrough) count += 1;
  return count;
};

export const isFull = (record: SagaRecord): boolean =>
  record.outbox.length >= unsentMax && unsent(record) >= unsentMax;

/**
 * What is committed in place of a step that was too large: the record set aside. Of one that is set aside already, the machine's
 * last word, without the history before it.
 * @throws unavailable while rows of it have not left: they make room when they do
 */
export function inItsPlace(
  record: SagaRecord,
  now: number,
  step: (lighter: SagaRecord, now: number) => StepOutcome,
): SagaRecord {
  const { machine, id } = record;
  if (unsent(record) > 0) throw unavailable(`room in ${machine} ${id}, until what it said has left`);
  const lighter = { ...record, seen: [] };
  if (record.quarantine === null) return setAside(lighter, now, 'its next turn would have been too large');
  const outcome = step({ ...lighter, turns: [] }, now);
  return outcome.kind === 'changed' ? outcome.record : lighter;
}
