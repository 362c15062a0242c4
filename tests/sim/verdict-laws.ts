// What a verdict may say, given what really happened: the checks know the script's plan, the log and the cluster.
import { attemptKey } from '#src/domain/ids.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { PlannedRun } from './people.ts';
import { type ExecutionView, exitOf } from './run-view.ts';
import type { SimPod } from './world/cluster.ts';
import type { World } from './world/world.ts';

type Fail = (words: string) => void;

export interface EndWorld {
  world: World;
  runs: readonly PlannedRun[];
  started: ReadonlyMap<string, SimPod>;
  queueTimeoutMs: number;
  cancelAsked(id: string): boolean;
}

/** The worker keeps a deleted pod so long for its last words. */
const DRAIN_MS = 30_000;

export function checkVerdict(end: EndWorld, record: SagaRecord, is: ExecutionView, fail: Fail): void {
  const { id } = record;
  const run = end.runs.find((planned) => planned.id === id);
  const reason = is.verdict?.reason ?? '';
  if (run === undefined) {
    fail(`${id}: a verdict about an unknown run`);
    return;
  }
  // Set aside and given up after its time: nothing but its clean-up can be asked of it.
  if (is.evidence.quarantined !== undefined) return;
  const cause = exitOf(end.world, id, is.attempt);
  if (cause !== null && !['stopped', 'no_reader', reason].includes(cause) && reason !== 'result_lost')
    fail(`${id}: ${reason}, but the log ends with ${cause}`);
  const script = end.started.get(attemptKey(id, is.attempt));
  if (cause !== null && script !== undefined) checkWhole(end, id, is, script, fail);
  const wrong = wrongReason(end, run, record, is, cause);
  if (wrong !== null) fail(`${id}: ${wrong}`);
  if (reason === 'cancelled' && script !== undefined) checkCut(end, id, is, script, fail);
}

function wrongReason(
  { cancelAsked, queueTimeoutMs, world }: EndWorld,
  { id, plan, runtime }: PlannedRun,
  record: SagaRecord,
  is: ExecutionView,
  cause: string | null,
): string | null {
  const { mix } = world.faults;
  switch (is.verdict?.reason) {
    case 'exited':
      return cause === 'exited' ? null : 'exited without its whole output';
    case 'timed_out':
      return ['loops', 'hangs', 'reads'].includes(plan.end) ? null : 'a good run became a time-out';
    case 'out_of_memory':
      return ['out_of_memory', 'no frame'].includes(plan.end) ? null : 'a good run became out of memory';
    case 'cancelled':
      return cancelAsked(id) ? null : 'cancelled by nobody';
    case 'lost':
      return is.retried || is.stdinOpen ? null : 'lost without its one retry';
    case 'result_lost':
      return world.harmed.has(`output ${id}`) || world.harmed.has(`store_result_command ${id}`)
        ? null
        : 'its result was given up, though nothing was lost';
    case 'queue_timeout':
      return record.at - is.queuedAt >= queueTimeoutMs - 1_000
        ? null
        : 'its time in the queue ended too early';
    case 'could_not_start':
      if (runtime.language === 'cobol' || Math.max(mix.unstartable, mix.creationRefused) > 0) return null;
      if (world.harmed.has(`create_pod_command ${id}`)) return null;
      return 'it could not start, though every pod could';
    default:
      return null;
  }
}

/** An exit frame in the log says that every frame before it is there too, and that the script's pod wrote them all. */
function checkWhole({ world }: EndWorld, id: string, is: ExecutionView, script: SimPod, fail: Fail): void {
  const { frames } = world.output.output(id, is.attempt);
  const written = script.supervisor.frames;
  const same =
    frames.length === written.length &&
    frames.every((frame, at) => Buffer.from(frame.data).equals(Buffer.from(written[at]?.data ?? [])));
  if (!same) fail(`${id}: its output is not what its script wrote`);
  if (is.result !== null && is.result.last !== frames.length - 1)
    fail(`${id}: its result ends at ${is.result.last}, its output at ${frames.length - 1}`);
  checkInput(world, id, is, script, fail);
}

/** What a script read is what was typed, in order, once. */
function checkInput(world: World, id: string, is: ExecutionView, script: SimPod, fail: Fail): void {
  if (script.supervisor.plan()?.end !== 'reads' || exitOf(world, id, is.attempt) !== 'exited') return;
  const bytes = (parts: readonly Uint8Array[]): string =>
    parts.map((part) => new TextDecoder().decode(part)).join('');
  const read = bytes(
    script.supervisor.frames.filter(({ channel }) => channel === 'stdout').map(({ data }) => data),
  )
    .split('\n')
    .filter((line) => !/^u\d+ line/.test(line))
    .join('\n')
    .replaceAll('read ', '');
  const given = world.output.inputs(id, is.attempt);
  const typed = bytes((given.length > 0 ? given : world.output.inputs(id, 1)).map(({ data }) => data));
  if (read.trim() !== typed.trim())
    fail(`${id}: read ${JSON.stringify(read)}, typed ${JSON.stringify(typed)}`);
}

/** A run that we stopped keeps what it wrote, unless nobody could read it within the worker's bound or until the drain's was over. */
function checkCut({ world }: EndWorld, id: string, is: ExecutionView, script: SimPod, fail: Fail): void {
  if (script.struck || script.supervisor.plan()?.end === 'hangs') return;
  if (endedByDrain(world, id, is.attempt)) return;
  const { frames } = world.output.output(id, is.attempt);
  if (frames.length >= script.supervisor.frames.length) return;
  world.trace.count('output of a cancelled run cut');
  const placement = world.documents
    .all('placements')
    .find((stored) => stored.id === attemptKey(id, is.attempt));
  const deletedAt = placement?.body.deletedAt;
  if (typeof deletedAt === 'number' && world.wallNow() - deletedAt < DRAIN_MS - 1_000)
    fail(`${id}: the output of a cancelled run was cut`);
}

function endedByDrain({ records }: World, id: string, attempt: number): boolean {
  const turns = records.all().find((record) => record.id === id)?.turns ?? [];
  return turns.some(
    ({ event }) => event.type === 'POD_LOST' && event.attempt === attempt && event.byOurDrain === true,
  );
}
