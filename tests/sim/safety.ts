// What must hold at every moment, whatever fails. Checked inside the world, at each commit, start and chunk, so that no
// process of ours can hide it. The first thing broken is kept.
import { createHmac } from 'node:crypto';
import { attemptKey } from '#src/domain/ids.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Chunk } from '#src/ports/output-log.ts';
import { checkEvents } from './event-laws.ts';
import { checkLetter, type LetterBook } from './letter-laws.ts';
import type { PlannedRun, Promised } from './people.ts';
import { checkRecord } from './record-laws.ts';
import { type ExecutionView, executionContextOf, exitOf } from './run-view.ts';
import type { Trace } from './trace.ts';
import { tellTurns } from './turns-told.ts';
import { createVersionLaws } from './upgrade.ts';
import { checkVerdict, type EndWorld } from './verdict-laws.ts';
import type { SimPod } from './world/cluster.ts';
import type { World, WorldHooks } from './world/world.ts';

export interface Safety {
  hooks: WorldHooks;
  /** The world that the hooks belong to; before anything happens in it. */
  watch(world: World): void;
  broken(): string | null;
  /** Ids of all rows that were ever committed. */
  rows(): ReadonlySet<string>;
  /** Each dead letter that there ever was, as it was last. */
  letters(): readonly SagaRecord[];
  /** What people were told must be so. */
  promised(what: Promised, id: string): void;
  /** An error of the simulated world itself. */
  mistaken(error: unknown): void;
}

export interface SafetyOptions {
  runs: readonly PlannedRun[];
  trace: Trace;
  nonceSecret: string;
  concurrentMax: number;
  concurrentPerUserMax: number;
  queueTimeoutMs: number;
  cancelAsked(id: string): boolean;
}

export function createSafety(options: SafetyOptions): Safety {
  const { trace } = options;
  const started = new Map<string, SimPod>();
  const terminals = new Map<string, string>();
  const rows = new Set<string>();
  const book: LetterBook = { told: new Set(), letters: new Map() };
  const seals = new Map<string, number>();
  let broken: string | null = null;
  let world: World | null = null;
  const fail = (words: string): void => {
    if (broken !== null) return;
    broken = words;
    trace.tell('safety', `BROKEN: ${words}`);
  };
  const inWorld = (check: (found: World) => void): void => {
    if (world !== null) check(world);
  };
  const versions = createVersionLaws(trace, fail);
  const hooks: WorldHooks = {
    committed: (before, after) =>
      inWorld((found) => {
        tellTurns(trace, before, after);
        for (const { id } of after.outbox) rows.add(id);
        checkRecord(before, after, terminals, fail);
        if (after.deletedAt !== null) return;
        versions.committed(found, before, after);
        if (after.machine === 'dead-letter') checkLetter(found, before, after, book, fail);
        if (after.machine !== 'execution') return;
        checkEvents(before, after, fail);
        if (before === null) return;
        const was = executionContextOf(before);
        const is = executionContextOf(after);
        checkSlots(found, options, fail);
        checkRelease(found, after.id, was, is, fail);
        checkAttempt(found, after, was, is, fail);
        const end: EndWorld = { world: found, started, ...options };
        if (was.verdict === null && is.verdict !== null) checkVerdict(end, after, is, fail);
      }),
    scriptStarted: (pod, nonce) => inWorld((found) => checkStart(found, pod, nonce, options, started, fail)),
    confused: (_, line) => fail(`a supervisor was told what it does not know: ${line.slice(0, 200)}`),
    appended: (key, chunk, before) => {
      if (chunk.kind === 'seal' && before === null) seals.set(key, chunk.seal.last);
      checkChunk(key, chunk, before, seals, fail);
    },
    // What is late may be stored once more; whoever stores it removes it again.
    outputRemoved: (execution) => {
      for (const key of seals.keys()) if (key.startsWith(`${execution}:`)) seals.delete(key);
    },
  };
  return {
    hooks,
    watch: (watched) => {
      world = watched;
    },
    broken: () => broken,
    rows: () => rows,
    letters: () => [...book.letters.values()],
    promised: (what, id) => inWorld((found) => checkPromise(found, what, id, fail)),
    mistaken: (error) =>
      fail(`the simulation is wrong: ${error instanceof Error ? error.stack : String(error)}`),
  };
}

type Fail = (words: string) => void;

/** Within the limit, each number once; the store's unique index guards the latter. */
function checkSlots(
  { records }: World,
  { concurrentMax, concurrentPerUserMax, runs, trace }: SafetyOptions,
  fail: Fail,
): void {
  const numbers: number[] = [];
  const byUser = new Map<string, number>();
  for (const record of records.all()) {
    if (record.machine !== 'execution' || record.deletedAt !== null) continue;
    const { id, uniques } = record;
    // The context says what is held; its unique values say it to the store.
    const held = Object.values(executionContextOf(record).slots);
    const told = uniques.filter((unique) => unique.startsWith('slot:'));
    if (held.map((slot) => `slot:${slot}`).join() !== told.join())
      fail(`${id} holds ${held}, and tells ${told}`);
    const user = runs.find((run) => run.id === id)?.user ?? '';
    numbers.push(...held);
    byUser.set(user, (byUser.get(user) ?? 0) + held.length);
  }
  if (new Set(numbers).size < numbers.length) fail(`a slot is held twice: ${numbers}`);
  if (numbers.length > concurrentMax) fail(`${numbers.length} slots are held of ${concurrentMax}`);
  for (const number of numbers)
    if (!(number >= 1 && number <= concurrentMax)) fail(`slot ${number} is beyond the limit`);
  // Two schedulers at once may overshoot a user's share, never the whole: only the slots themselves are unique.
  for (const held of byUser.values())
    if (held > concurrentPerUserMax) trace.count('more slots than the share of a user');
}

/** Told to somebody, so it must be in the store: a run that is there, and one that will not go on. */
function checkPromise({ records }: World, what: Promised, id: string, fail: Fail): void {
  const record = records.all().find((candidate) => candidate.id === id);
  // Nothing can be promised of a record that nobody understands.
  if (record !== undefined && record.quarantine !== null) return;
  if (record === undefined) {
    // An ended letter is forgotten after a while, and the answer may be late.
    if (what !== 'discarded') fail(`${id} was said to be ${what}, and is not there`);
  } else if (what === 'cancelled' && ['queued', 'starting', 'running'].includes(record.state))
    fail(`${id} was said to be cancelled, and is ${record.state}`);
  else if (what === 'discarded' && !record.final)
    fail(`${id} was said to be discarded, and is ${record.state}`);
}

/** A slot comes back only once the pod that had the job is no more. */
function checkRelease({ fleet }: World, id: string, was: ExecutionView, is: ExecutionView, fail: Fail): void {
  for (const attempt of was.held) {
    if (is.held.includes(attempt)) continue;
    const key = attemptKey(id, attempt);
    const pod = fleet
      .pods()
      .find(({ status, supervisor }) => status.key === key && supervisor.job() !== null);
    if (pod !== undefined) fail(`${key}: its slot came back while its pod ${pod.status.uid} is there`);
  }
}

function checkAttempt(
  found: World,
  after: SagaRecord,
  was: ExecutionView,
  is: ExecutionView,
  fail: Fail,
): void {
  const { id } = after;
  const next = is.attempt > was.attempt;
  // A loss by our own drain costs nothing.
  if (next && was.retried && after.turns.at(-1)?.event.byOurDrain !== true) fail(`${id}: repeated once more`);
  if (next && was.stdinOpen) fail(`${id}: a run with open input was repeated`);
  if (next && was.evidence.cancel !== undefined) fail(`${id}: a cancelled run was repeated`);
  if (next && Object.values(is.evidence).length > 0) fail(`${id}: begins again with what was known before`);
  if (is.attempt > was.attempt + 1) fail(`${id}: an attempt was left out`);
  const key = attemptKey(id, was.attempt);
  if (next) {
    const cause = exitOf(found, id, was.attempt);
    if (cause !== null && cause !== 'stopped' && cause !== 'no_reader')
      fail(`${key} was repeated although its end is in the log: ${cause}`);
  }
  const newlyLost = is.evidence.lost !== undefined && was.evidence.lost === undefined;
  if (!next && !newlyLost) return;
  const pod = found.fleet.pods().find(({ status }) => status.key === key);
  // A supervisor that is stuck may be given up once its silence was long.
  if (pod === undefined || pod.struck || pod.supervisor.over() || pod.supervisor.plan()?.end === 'hangs')
    return;
  // Told unstartable before it began, and sealed so that it never will: then it may live and yet be left.
  const neverBegan = pod.supervisor.job() === null && found.output.output(id, was.attempt).seal?.last === -1;
  if (neverBegan) return;
  const { phase, reason, terminating, uid } = pod.status;
  if (phase !== 'ended' && reason === null && !terminating && placedUid(found, key) === uid)
    fail(`${key}: the living pod ${uid} was given up`);
}

function checkStart(
  { records, documents }: World,
  pod: SimPod,
  nonce: string,
  options: SafetyOptions,
  started: Map<string, SimPod>,
  fail: Fail,
): void {
  const { uid, key } = pod.status;
  if (key === null) {
    fail(`${uid}: a job came to a pod that nobody has claimed`);
    return;
  }
  options.trace.tell('cluster', `${uid} starts the script of ${key}`);
  if (createHmac('sha256', options.nonceSecret).update(key).digest('hex') !== nonce)
    fail(`${key}: the job that came to ${uid} is another attempt's`);
  const first = started.get(key);
  if (first !== undefined) fail(`${key}: the script was started twice, in ${first.status.uid} and ${uid}`);
  started.set(key, pod);
  const [id = '', attempt] = key.split(':');
  const record = records.all().find((candidate) => candidate.id === id);
  if (record === undefined || !executionContextOf(record).held.includes(Number(attempt)))
    fail(`${key}: a script runs without a slot`);
  const placement = documents.all('placements').find((stored) => stored.id === key);
  if (placement?.body.podUid !== uid)
    fail(`${key}: the job went to ${uid}, which is not its placement's pod`);
}

/** One number, one content: two pods may never write one attempt's output together. */
function checkChunk(
  key: string,
  chunk: Chunk,
  before: Chunk | null,
  seals: ReadonlyMap<string, number>,
  fail: Fail,
): void {
  const last = seals.get(key);
  if (chunk.kind === 'frame' && before === null && last !== undefined && chunk.frame.number === last + 1)
    fail(`${key}: frame ${chunk.frame.number} was stored after the seal`);
  if (chunk.kind !== 'frame' || before?.kind !== 'frame') return;
  const same = Buffer.from(chunk.frame.data).equals(Buffer.from(before.frame.data));
  if (!same || chunk.frame.channel !== before.frame.channel) fail(`${key}: two outputs are mixed`);
}

function placedUid({ documents }: World, key: string): unknown {
  return documents.all('placements').find(({ id }) => id === key)?.body.podUid;
}
