// The same script and options once more, as a new run of whoever asks.
import { contextOf, describeExecution } from '#machines/execution/describe.ts';
import type { Caller } from '#src/domain/access.ts';
import { DomainError, executionNotFound, invalid } from '#src/domain/errors.ts';
import type { Limits, Priority, RunInput } from '#src/domain/execution.ts';
import type { OutputLog } from '#src/ports/output-log.ts';
import type { ExecutionDeps } from './dependencies.ts';
import { requestKey } from './idempotency.ts';
import type { RunPolicy } from './policy.ts';
import { mayAsk } from './request.ts';
import { givenInputAttempt, type StartedRun, startedEarlier, startRun } from './start.ts';
import { controllableRun, inputsOf } from './stored.ts';

/** @throws not_found, forbidden, invalid_state while the old one is unfinished, validation, throttled, conflict */
export async function retry(
  deps: ExecutionDeps,
  caller: Caller,
  id: string,
  idempotencyKey: string | null,
): Promise<StartedRun> {
  const { ports } = deps;
  const key = idempotencyKey === null ? null : requestKey(caller.userId, idempotencyKey, ['retry', id]);
  // A repetition is answered even where the old run is gone by now.
  const earlier = key === null ? null : await startedEarlier(deps, key);
  if (earlier !== null) return earlier;
  const record = await controllableRun(ports.records, caller, id);
  if (!describeExecution(record).terminal)
    throw new DomainError('invalid_state', 'Cannot retry an execution that has not ended');
  const stored = await inputsOf(ports.documents).get(id);
  if (stored === null) throw executionNotFound();
  const input: RunInput = { ...stored.body, limits: within(stored.body.limits, deps.policy()) };
  await assertOffered(deps, input);
  const stdin = input.stdin === 'given' ? await givenInput(ports.outputLog, id) : null;
  const { priority } = contextOf(record.snapshot);
  return startRun(deps, caller, { input, stdin, priority: allowed(caller, priority) }, key);
}

async function assertOffered(deps: ExecutionDeps, { runtime }: RunInput): Promise<void> {
  const offered = await deps.runtimes();
  if (offered.some(({ language, version }) => language === runtime.language && version === runtime.version))
    return;
  throw invalid('The language of this execution is not offered any more', ['path', 'execution_id']);
}

async function givenInput(log: OutputLog, id: string): Promise<Uint8Array> {
  const inputs = await log.readInput(id, givenInputAttempt, 0);
  return Buffer.concat(inputs.map(({ data }) => data));
}

/** The system's limits may have become lower since. */
function within(limits: Limits, { limits: most }: RunPolicy): Limits {
  return {
    timeoutMs: Math.min(limits.timeoutMs, most.timeoutMs),
    memoryBytes: Math.min(limits.memoryBytes, most.memoryBytes),
    cpuMillis: Math.min(limits.cpuMillis, most.cpuMillis),
    processesMax: most.processesMax,
    diskBytes: most.diskBytes,
    outputBytes: most.outputBytes,
  };
}

/** An admin may have raised it; that is not the owner's to repeat. */
const allowed = (caller: Caller, priority: Priority): Priority =>
  mayAsk(caller, priority) ? priority : 'normal';
