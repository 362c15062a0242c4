// What a run's stream says, read from the text of its events. Anything that does not fit is refused, never guessed.
import type { ExecutionResult, ExecutionStatus, ExecutionView, SagaState } from './api/types.gen.ts';
import type { StreamName } from './terminal-lines.ts';

export type Termination = NonNullable<ExecutionView['termination']>;
export type QueuePlace = NonNullable<ExecutionView['queue']>;
export type Artifact = ExecutionView['artifacts'][number];

export interface StateEvent {
  kind: 'state';
  status: ExecutionStatus;
  sagaState: SagaState;
  attempt: number;
  at: number;
  queue: QueuePlace | null;
}

export interface OutputEvent {
  kind: 'output';
  attempt: number;
  stream: StreamName;
  body: { text: string } | { base64: string };
}

export interface ArtifactEvent {
  kind: 'artifact';
  attempt: number;
  artifact: Artifact;
}

export interface EndEvent {
  kind: 'end';
  result: ExecutionResult;
  termination: Termination;
}

export type RunEvent = StateEvent | OutputEvent | ArtifactEvent | EndEvent;

export const runEventNames = ['state', 'output', 'artifact', 'end'] as const;
export type RunEventName = (typeof runEventNames)[number];

/** Null for an event that is not understood. */
export function runEvent(name: RunEventName, text: string): RunEvent | null {
  const data: unknown = JSON.parse(text);
  if (!isRecord(data)) return null;
  return readers[name](data);
}

type Fields = Record<string, unknown>;

const readers: Readonly<Record<RunEventName, (data: Fields) => RunEvent | null>> = {
  state: (data) => {
    const { status, saga_state: sagaState, attempt, at, queue } = data;
    if (typeof attempt !== 'number' || typeof at !== 'string') return null;
    if (typeof status !== 'string' || typeof sagaState !== 'string') return null;
    return {
      kind: 'state',
      // The words themselves are the server's; an unknown one is shown as it is.
      status: status as ExecutionStatus,
      sagaState: sagaState as SagaState,
      attempt,
      at: Date.parse(at),
      queue: isRecord(queue) ? (queue as unknown as QueuePlace) : null,
    };
  },
  output: ({ attempt, stream, text, base64 }) => {
    if (typeof attempt !== 'number' || (stream !== 'stdout' && stream !== 'stderr')) return null;
    if (typeof text === 'string') return { kind: 'output', attempt, stream, body: { text } };
    if (typeof base64 === 'string') return { kind: 'output', attempt, stream, body: { base64 } };
    return null;
  },
  artifact: ({ attempt, name, content_type: contentType, size }) => {
    if (typeof attempt !== 'number' || typeof name !== 'string') return null;
    if (typeof contentType !== 'string' || typeof size !== 'number') return null;
    return { kind: 'artifact', attempt, artifact: { name, content_type: contentType, size } };
  },
  end: ({ result, termination }) => {
    if (!isRecord(result) || !isRecord(termination) || !isRecord(termination.evidence)) return null;
    return {
      kind: 'end',
      result: result as unknown as ExecutionResult,
      termination: termination as unknown as Termination,
    };
  },
};

const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
