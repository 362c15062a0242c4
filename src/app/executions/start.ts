// Acceptance of a run, asked for or repeated: first what it is, then what it reads, then the record, whose insert is the
// moment at which the run exists. What was stored for a record that did not come to be is taken away again.
import type { Caller } from '#src/domain/access.ts';
import { assert, isDomainError, unavailable } from '#src/domain/errors.ts';
import type { Priority } from '#src/domain/execution.ts';
import type { ExecutionDeps } from './dependencies.ts';
import { keyFields, keyState, keyUniques, type RequestKey } from './idempotency.ts';
import { withinQuotas } from './quota.ts';
import type { AcceptedRequest } from './request.ts';
import { inputsOf, machineName } from './stored.ts';

export interface StartedRun {
  executionId: string;
}

export interface NewRun extends AcceptedRequest {
  priority: Priority;
}

/** Input that was given at acceptance lies in the first attempt's log; a later attempt is fed from there too. */
export const givenInputAttempt = 1;
const triesMax = 4;
const firstLineMax = 160;

/** @throws throttled, conflict */
export async function startRun(
  deps: ExecutionDeps,
  caller: Caller,
  run: NewRun,
  key: RequestKey | null,
): Promise<StartedRun> {
  return withinQuotas(deps, caller, () => accepted(deps, caller, run, key));
}

async function accepted(
  deps: ExecutionDeps,
  caller: Caller,
  run: NewRun,
  key: RequestKey | null,
): Promise<StartedRun> {
  const { ports } = deps;
  const queued = await ports.records.count(machineName, { state: 'queued' });
  const executionId = ports.ids.next();
  await storeInput(deps, executionId, run);
  const acceptance = { executionId, caller, run, key, queuePosition: queued + 1 };
  const holder = await insertRecord(deps, acceptance).catch(async (error: unknown) => {
    // Any other failure leaves open whether the record is there; then it needs its input.
    if (isDomainError(error) && error.kind === 'conflict') await discard(deps, executionId);
    throw error;
  });
  if (holder !== executionId) await discard(deps, executionId);
  return { executionId: holder };
}

/** The run that this key made within the last day, or null. @throws conflict for another request */
export async function startedEarlier(deps: ExecutionDeps, key: RequestKey): Promise<StartedRun | null> {
  const now = deps.ports.clock.now();
  for (const unique of keyUniques(key, now)) {
    const state = await keyState(deps.ports.records, unique, key, now);
    if (state.kind === 'used') return { executionId: state.record.id };
  }
  return null;
}

async function storeInput({ ports }: ExecutionDeps, executionId: string, run: NewRun): Promise<void> {
  await inputsOf(ports.documents).insert(executionId, run.input);
  if (run.stdin === null) return;
  const end = run.input.stdin !== 'open';
  await ports.outputLog.appendInput(executionId, givenInputAttempt, { key: 'given', data: run.stdin, end });
}

interface Acceptance {
  executionId: string;
  caller: Caller;
  run: NewRun;
  key: RequestKey | null;
  queuePosition: number;
}

/** Whose run it is in the end: this one, or the one that took the key first. */
async function insertRecord({ ports }: ExecutionDeps, acceptance: Acceptance): Promise<string> {
  const { executionId, key } = acceptance;
  const now = ports.clock.now();
  let uniques: readonly string[] = key === null ? [] : keyUniques(key, now);
  for (let tries = 0; tries < triesMax; tries += 1) {
    const outcome = await ports.sagas.start({ ...startRequest(acceptance, now), uniques });
    if (outcome.kind !== 'taken') return executionId;
    assert(key !== null, 'only a key can be taken');
    const state = await keyState(ports.records, outcome.unique, key, now);
    if (state.kind === 'used') return state.record.id;
    // Its holder counts no more: the elder of the two days is left to it.
    if (uniques.length > 1 && outcome.unique === uniques[0]) uniques = uniques.slice(1);
  }
  throw unavailable('an idempotency key');
}

function startRequest({ executionId, caller, run, key, queuePosition }: Acceptance, now: number) {
  const { runtime, limits, stdin, script } = run.input;
  const inputBytes = Buffer.byteLength(JSON.stringify(run.input)) + (run.stdin?.byteLength ?? 0);
  return {
    machine: machineName,
    id: executionId,
    cause: `accept ${executionId}`,
    input: {
      executionId,
      userId: caller.userId,
      runtime: { ...runtime },
      limits: { ...limits },
      priority: run.priority,
      stdinOpen: stdin === 'open',
      queuePosition,
    },
    fields: { firstLine: firstLineOf(script), inputBytes, ...(key === null ? {} : keyFields(key, now)) },
  };
}

async function discard({ ports }: ExecutionDeps, executionId: string): Promise<void> {
  await ports.outputLog.remove(executionId);
  await inputsOf(ports.documents).remove(executionId);
}

/** The first line that says something, as lists show it. */
function firstLineOf(script: string): string {
  const line = script.split('\n', 200).find((text) => text.trim() !== '') ?? '';
  return [...line.trim().slice(0, 2 * firstLineMax)].slice(0, firstLineMax).join('');
}
