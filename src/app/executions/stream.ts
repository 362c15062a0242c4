// One run as its reader follows it: states, output, artifacts, end. Read from the record and the output log alone, so that
// any process goes on where another stopped; hints only say when to look. It never waits before it has said all it knows.
import { contextOf, describeExecution } from '#machines/execution/describe.ts';
import { isPresent, type SagaRecord } from '#src/domain/saga-record.ts';
import { runChannel } from '#src/ports/live-feed.ts';
import type { Output } from '#src/ports/output-log.ts';
import type { ExecutionDeps } from './dependencies.ts';
import { moment, terminationView } from './result-view.ts';
import { machineName } from './stored.ts';
import { createFrameViews } from './stream-frames.ts';
import { formatPosition, type StreamPosition } from './stream-position.ts';
import { resultOf } from './view.ts';
import { createWake } from './wake.ts';

export interface RunStreamEvent {
  event: 'state' | 'output' | 'artifact' | 'end';
  id: string;
  data: object;
}

/** Hints may be lost; so often everybody looks by himself. */
export const lookEveryMs = 1_000;

/** Where a reader stands who begins, or goes on; `over` when the end was already told. */
export async function streamStart(
  { ports }: ExecutionDeps,
  record: SagaRecord,
  last: StreamPosition | null,
): Promise<{ kind: 'from'; position: StreamPosition } | { kind: 'over' }> {
  const { attempt, verdict } = contextOf(record.snapshot);
  // A position of ours is never ahead of the record.
  if (last === null || last.attempt > attempt || last.turn > record.turnCount)
    return { kind: 'from', position: { turn: 0, attempt, number: -1 } };
  if (verdict !== null && last.attempt === attempt && last.number >= 0) {
    const { frames } = await ports.outputLog.read(record.id, attempt, last.number, 1);
    if (frames.length === 0) return { kind: 'over' };
  }
  return { kind: 'from', position: last };
}

export async function* runStream(
  deps: ExecutionDeps,
  id: string,
  start: StreamPosition,
  signal: AbortSignal,
): AsyncGenerator<RunStreamEvent> {
  const { clock, liveFeed } = deps.ports;
  const wake = createWake(clock, signal);
  const leave = liveFeed.subscribe(runChannel(id), wake.ring);
  try {
    const reader = createReader(deps, id, start);
    while (!signal.aborted) {
      const found = yield* reader.look();
      if (found === 'over') return;
      if (found === 'nothing') await wake.wait(lookEveryMs);
    }
  } finally {
    leave();
  }
}

type Found = 'something' | 'nothing' | 'over';

function createReader(deps: ExecutionDeps, id: string, start: StreamPosition) {
  const { records, outputLog } = deps.ports;
  let position = start;
  let views = createFrameViews(position.attempt);
  let shown: string | null = null;
  let overBefore = false;

  async function* look(): AsyncGenerator<RunStreamEvent, Found> {
    const [record, page] = await Promise.all([
      records.load(machineName, id),
      outputLog.read(id, position.attempt, position.number + 1),
    ]);
    if (!isPresent(record)) return 'over';
    const present = contextOf(record.snapshot).attempt;
    if (position.attempt < present && page.frames.length > 0) return yield* output(page);
    if (position.attempt < present) {
      position = { ...position, attempt: present, number: -1 };
      views = createFrameViews(present);
      yield* state(record);
      return 'something';
    }
    yield* state(record);
    if (page.frames.length > 0) return yield* output(page);
    return yield* end(record, page);
  }

  async function* state(record: SagaRecord): AsyncGenerator<RunStreamEvent> {
    const news = record.turnCount > position.turn;
    const data = await stateView(deps, record);
    position = { ...position, turn: Math.max(position.turn, record.turnCount) };
    const { at: _, ...compared } = data;
    const before = shown;
    shown = JSON.stringify(compared);
    if (before === shown || (before === null && !news)) return;
    yield { event: 'state', id: formatPosition(position), data };
  }

  async function* output({ frames }: Output): AsyncGenerator<RunStreamEvent, Found> {
    for (const frame of frames) {
      position = { ...position, number: frame.number };
      const view = views(frame);
      if (view !== null) yield { ...view, id: formatPosition(position) };
    }
    return 'something';
  }

  /** Told once the verdict fell, and every frame up to the seal, or all that will ever be there, was told. */
  async function* end(record: SagaRecord, { seal }: Output): AsyncGenerator<RunStreamEvent, Found> {
    const termination = terminationView(record);
    if (termination === null) return 'nothing';
    // The page may be older than the verdict: only one read after it proves that nothing follows.
    if (seal === null && !overBefore) {
      overBefore = true;
      return 'something';
    }
    const result = await resultOf(deps, record);
    position = { ...position, number: position.number + 1 };
    yield { event: 'end', id: formatPosition(position), data: { result, termination } };
    return 'over';
  }

  return { look };
}

async function stateView({ queuePlaces }: ExecutionDeps, record: SagaRecord) {
  const { status, sagaState, deadline } = describeExecution(record);
  const queue = await queuePlaces.of(record);
  return {
    status,
    saga_state: sagaState,
    attempt: contextOf(record.snapshot).attempt,
    at: moment(record.at),
    ...(deadline !== null && { deadline: { name: deadline.name, at: moment(deadline.at) } }),
    ...(queue !== null && { queue }),
  };
}
