// What holds for every commit of every record: versions, deadlines, one terminal event and nothing but clean-up after it.
import type { SagaRecord } from '#src/domain/saga-record.ts';

type Fail = (words: string) => void;

const terminalTypes = new Set([
  'execution_completed',
  'execution_failed',
  'execution_timeout',
  'execution_cancelled',
]);
const afterTheEnd = new Set([
  'result_stored',
  'result_failed',
  'resource_limit_exceeded',
  'delete_pod_command',
  'release_resources_command',
  'saga_compensating',
  'saga_compensated',
  'saga_completed',
  'saga_failed',
  'saga_cancelled',
  'saga_turns_archived',
]);

/** `told`: by record, the one terminal event. */
export function checkRecord(
  before: SagaRecord | null,
  after: SagaRecord,
  told: Map<string, string>,
  fail: Fail,
): void {
  const { id } = after;
  checkDeadline(after, fail);
  if (before === null) {
    if (after.version !== 1) fail(`${id} begins with version ${after.version}`);
    return;
  }
  if (after.version !== before.version + 1) fail(`${id}: version ${before.version} → ${after.version}`);
  if (before.final && !isEmptied(before, after)) fail(`${id}: a final record changed`);
  if (after.at < before.at) fail(`${id}: its time went back`);
  if (after.sentThrough < before.sentThrough) fail(`${id}: a commit lowered what was sent`);
  const lost = before.outbox.find(
    ({ n }) => n > after.sentThrough && !after.outbox.some((row) => row.n === n),
  );
  if (lost !== undefined) fail(`${id}: row ${lost.n} left the outbox unsent`);
  const cause = after.turns.at(-1)?.cause ?? '';
  // Setting a record aside is a commit without a turn.
  if (after.turnCount > before.turnCount && before.seen.includes(cause))
    fail(`${id}: ${cause} was applied twice`);
  checkRows(before, after, told, fail);
  checkTimer(before, after, fail);
  if (after.deletedAt !== null) return;
  const [was, is] = [before, after].map(({ snapshot }) => JSON.stringify(snapshot.context.verdict));
  if (was !== 'null' && was !== is) fail(`${id}: its verdict changed`);
}

/** Deleting takes away and adds nothing: no turn, no row, no other state; and nobody undoes it. */
const isEmptied = (before: SagaRecord, after: SagaRecord): boolean =>
  after.deletedAt !== null &&
  (before.deletedAt ?? after.deletedAt) === after.deletedAt &&
  after.final &&
  after.state === before.state &&
  after.turnCount === before.turnCount &&
  after.nextRow === before.nextRow &&
  Object.keys(after.snapshot.context).length === 0;

function checkRows(before: SagaRecord, after: SagaRecord, told: Map<string, string>, fail: Fail): void {
  let expected = before.nextRow;
  for (const { n, type } of after.outbox.filter((row) => row.n >= before.nextRow)) {
    if (n !== expected++) fail(`${after.id}: row ${n} is out of order`);
    if (terminalTypes.has(type)) {
      const first = told.get(after.id);
      if (first !== undefined) fail(`${after.id}: ${type} after ${first}`);
      told.set(after.id, type);
    } else if (told.has(after.id) && !afterTheEnd.has(type))
      fail(`${after.id}: ${type} after its terminal event`);
    if (type === 'result_stored' && !told.has(after.id)) fail(`${after.id}: its result before its end`);
  }
}

/** The clocks of two processes differ by so much at most. */
const CLOCKS_DIFFER_MS = 2_500;

/** A deadline that was put off does not fire at its old time. */
function checkTimer(before: SagaRecord, after: SagaRecord, fail: Fail): void {
  const event = after.turns.at(-1)?.event;
  if (after.turnCount === before.turnCount || event?.type !== 'TIMER_FIRED') return;
  const timer = before.timers.find(({ name }) => name === event.name);
  if (timer === undefined || timer.at > after.at + CLOCKS_DIFFER_MS)
    fail(`${after.id}: a timer fired before its time`);
}

/** No unfinished run is ever without a next deadline; a finished one has none. */
function checkDeadline({ id, state, final, timers, nextDeadline }: SagaRecord, fail: Fail): void {
  const earliest = timers.length === 0 ? null : Math.min(...timers.map(({ at }) => at));
  if (nextDeadline !== earliest) fail(`${id}: its next deadline is not its earliest timer`);
  if (final && nextDeadline !== null) fail(`${id}: final, with a deadline`);
  if (!final && nextDeadline === null) fail(`${id}: without a next deadline in ${state}`);
}
