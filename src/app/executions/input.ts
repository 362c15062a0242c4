// What is typed into a run. It is in the input log before the answer, so that nothing accepted is lost; whether the script
// reads it is the script's business.
import { contextOf } from '#machines/execution/describe.ts';
import type { Caller } from '#src/domain/access.ts';
import { DomainError, invalid } from '#src/domain/errors.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { inputChannel } from '#src/ports/live-feed.ts';
import type { ExecutionDeps } from './dependencies.ts';
import { checkedKey } from './idempotency.ts';
import { controllableRun } from './stored.ts';

export interface TypedInput {
  data: string;
  encoding: 'utf-8' | 'base64';
  /** Nothing follows. */
  end: boolean;
  /** A repetition under the same key is answered and not typed again. */
  key: string | null;
}

export interface InputAnswer {
  acceptedBytes: number;
  closed: boolean;
}

const bytesMax = 64 * 1_024;
const readable = ['queued', 'starting', 'running'];

/** @throws not_found, forbidden, validation, invalid_state when nothing reads it any more */
export async function typeInto(
  { ports }: ExecutionDeps,
  caller: Caller,
  id: string,
  input: TypedInput,
): Promise<InputAnswer> {
  const record = await controllableRun(ports.records, caller, id);
  const data = decoded(input);
  const attempt = openAttempt(record);
  if (data.length > 0 || input.end) {
    const key = input.key === null ? ports.ids.next() : `typed ${checkedKey(input.key)}`;
    const entry = { key, data, end: input.end };
    const outcome = await ports.outputLog.appendInput(id, attempt, entry);
    if (outcome.kind === 'ended') throw closed();
    ports.liveFeed.hint(inputChannel(id, attempt));
  }
  return { acceptedBytes: data.length, closed: input.end };
}

/** The attempt that reads. A run with open input has only one. */
function openAttempt({ state, snapshot }: SagaRecord): number {
  const { stdinOpen, attempt } = contextOf(snapshot);
  if (!readable.includes(state)) throw new DomainError('invalid_state', 'The execution is not running');
  if (!stdinOpen) throw closed();
  return attempt;
}

function decoded({ data, encoding }: TypedInput): Uint8Array {
  const at = ['body', 'data'];
  const bytes = Buffer.from(data, encoding === 'base64' ? 'base64' : 'utf8');
  if (encoding === 'base64' && bytes.toString('base64') !== data)
    throw invalid('The data is not valid base64', at);
  if (bytes.length > bytesMax) throw invalid('At most 64 KiB at a time', at);
  return bytes;
}

const closed = (): DomainError => new DomainError('invalid_state', 'The input of the execution is closed');
