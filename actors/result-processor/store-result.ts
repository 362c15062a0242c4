// Seals an attempt's output and tells what it amounts to. Also an empty output is a result. It judges nothing: the exit frame
// travels along as evidence.
import { isDomainError } from '#src/domain/errors.ts';
import type { EventOf } from '#src/domain/events.ts';
import { isPresent } from '#src/domain/saga-record.ts';
import { runChannel } from '#src/ports/live-feed.ts';
import type { Ports } from '#src/ports/ports.ts';
import { attemptEvent, type Speaker } from '../attempt-events.ts';
import { isPassing } from '../failure.ts';
import { executionMachineName } from '../saga-orchestrator/inbox.ts';
import { readToEnd, type Sealed, sealAttempt } from '../seal.ts';
import { createBell } from '../waiting.ts';
import { type Summariser, summariser } from './summary.ts';

/** So long the frames up to the last one are waited for; then the command is left to its repetition. */
const waitMs = 1_000;

export interface ResultDesk {
  ports: Pick<Ports, 'clock' | 'bus' | 'records' | 'outputLog' | 'liveFeed' | 'logger'>;
  speaker: Speaker;
}

export const storing =
  (desk: ResultDesk) =>
  async (event: EventOf<'store_result_command'>): Promise<void> => {
    const { execution_id, attempt, last } = event.payload;
    const { bus, outputLog } = desk.ports;
    const of = { execution_id, attempt };
    if (await isErased(desk, execution_id)) return;
    try {
      const result = await sealedResult(desk, execution_id, attempt, last ?? -1);
      if (result === null) {
        desk.ports.logger.warn({ ...of, last }, 'the output is not all there yet');
        return;
      }
      if (await isErased(desk, execution_id)) return await outputLog.remove(execution_id);
      await bus.publish([attemptEvent(desk.speaker, 'result_sealed', { ...of, ...result })]);
    } catch (error) {
      if (!isDomainError(error) || isPassing(error)) throw error;
      const payload = { ...of, storage_type: null, words: error.message };
      await bus.publish([attemptEvent(desk.speaker, 'result_failed', payload)]);
    }
  };

/** A late repetition of the order must not bring back an output that was erased, before it or meanwhile. */
async function isErased({ ports }: ResultDesk, execution: string): Promise<boolean> {
  return !isPresent(await ports.records.load(executionMachineName, execution));
}

async function sealedResult(desk: ResultDesk, execution: string, attempt: number, atLeast: number) {
  const { outputLog, liveFeed, clock } = desk.ports;
  const bell = createBell();
  const leave = liveFeed.subscribe(runChannel(execution), bell.ring);
  try {
    const until = clock.monotonic() + waitMs;
    for (;;) {
      // Each try folds anew: what an unfinished one saw is not what the seal will hold.
      const summary = summariser();
      const sealed = await sealAttempt(outputLog, execution, attempt, atLeast, summary.take);
      if (sealed !== null) {
        liveFeed.hint(runChannel(execution));
        return { exit: sealed.exit, summary: await finish(desk, execution, attempt, summary, sealed) };
      }
      const left = until - clock.monotonic();
      if (left <= 0) return null;
      await bell.wait(clock, left);
    }
  } finally {
    leave();
  }
}

async function finish(
  desk: ResultDesk,
  execution: string,
  attempt: number,
  summary: Summariser,
  sealed: Sealed,
) {
  if (summary.needsStderrAgain()) {
    await readToEnd(desk.ports.outputLog, execution, attempt, 0, summary.takeStderrAgain);
  }
  return summary.finish(sealed);
}
