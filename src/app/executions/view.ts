// One run, looked at: its result, and everything that is known of it.
import { contextOf } from '#machines/execution/describe.ts';
import type { Caller } from '#src/domain/access.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { ExecutionDeps } from './dependencies.ts';
import type { QueuePlace } from './queue-places.ts';
import { outputText, type ReadOutput } from './reading.ts';
import {
  type ArtifactView,
  artifactView,
  type ExecutionResult,
  executionResult,
  type LifeView,
  lifeView,
  type Termination,
  terminationView,
} from './result-view.ts';
import { inputsOf, readableRun } from './stored.ts';

export interface ExecutionView extends ExecutionResult, LifeView {
  script: string;
  args: string[];
  queue: QueuePlace | null;
  termination: Termination | null;
  output: { stdout_bytes: number; stderr_bytes: number; truncated: boolean; sha256: string | null };
  artifacts: ArtifactView[];
}

/** What is known so far, output included. @throws not_found, forbidden */
export async function readResult(deps: ExecutionDeps, caller: Caller, id: string): Promise<ExecutionResult> {
  return resultOf(deps, await readableRun(deps.ports.records, caller, id));
}

export async function resultOf({ ports }: ExecutionDeps, record: SagaRecord): Promise<ExecutionResult> {
  const { attempt } = contextOf(record.snapshot);
  return executionResult(record, await outputText(ports.outputLog, record.id, attempt));
}

/** @throws not_found, forbidden */
export async function readExecution(deps: ExecutionDeps, caller: Caller, id: string): Promise<ExecutionView> {
  const { ports, queuePlaces } = deps;
  const record = await readableRun(ports.records, caller, id);
  const { attempt, result } = contextOf(record.snapshot);
  const [output, stored, queue] = await Promise.all([
    outputText(ports.outputLog, id, attempt),
    inputsOf(ports.documents).get(id),
    queuePlaces.of(record),
  ]);
  return {
    ...executionResult(record, output),
    ...lifeView(record),
    script: stored?.body.script ?? '',
    args: stored?.body.args ?? [],
    queue,
    termination: terminationView(record),
    output: outputView(record, output),
    artifacts: (result?.artifacts ?? []).map(artifactView),
  };
}

function outputView(record: SagaRecord, { stdoutBytes, stderrBytes }: ReadOutput): ExecutionView['output'] {
  const { result, evidence } = contextOf(record.snapshot);
  return {
    stdout_bytes: stdoutBytes,
    stderr_bytes: stderrBytes,
    truncated: result?.truncated ?? evidence.exit?.truncated ?? false,
    sha256: result?.sha256 ?? null,
  };
}
