// All that stores hold, in one order and one form, so that two kinds of them can be compared.
import type { JsonObject } from '#src/domain/json.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Stored, UnsentDocument } from '#src/ports/documents.ts';
import type { FrameChannel, Input, Output } from '#src/ports/output-log.ts';
import { copy } from '../world/copy.ts';
import { type Stores, wholeOutput } from './stores.ts';

export interface Contents {
  records: readonly SagaRecord[];
  collections: Readonly<Record<string, readonly Stored<JsonObject>[]>>;
  unsent: readonly UnsentDocument[];
  /** By execution and attempt. */
  output: Readonly<Record<string, Output & { inputs: readonly Input[] }>>;
}

/** More than any run of the simulation begins. */
const ATTEMPTS = 5;

export function contentsOf({ records, documents, output }: Stores): Contents {
  const all = records.all().map(copy);
  const attempts = all.flatMap(({ id }) =>
    Array.from({ length: ATTEMPTS }, (_, index) => ({ id, attempt: index + 1 })),
  );
  const limit = Number.MAX_SAFE_INTEGER;
  return {
    records: all,
    collections: Object.fromEntries(
      [...documents.names()].sort().map((name) => [name, documents.all(name).map(copy)]),
    ),
    unsent: documents.unsent(limit, limit).map(copy),
    output: Object.fromEntries(
      attempts.map(({ id, attempt }) => [
        `${id}:${attempt}`,
        copy({ ...wholeOutput(output, id, attempt), inputs: output.readInput(id, attempt, 0) }),
      ]),
    ),
  };
}

/** What became of each run, without what the time alone decides: moments, ids and the supervisor's clock. */
export function endsIn({ records, collections, output }: Contents): object {
  const runs = records.filter(({ machine }) => machine === 'execution');
  return {
    runs: runs.map(({ id, state, version, turns, snapshot: { context } }) => {
      const { attempt, held, retried, verdict } = context;
      const path = turns.map(({ event, from, to }) => `${from} ${event.type} ${to}`);
      return { id, state, version, path, attempt, held, retried, verdict };
    }),
    // In no order: two runs that are placed in one moment come first as it happens.
    placements: new Map((collections.placements ?? []).map(({ id, body }) => [id, body.state])),
    output: Object.entries(output).map(([key, { frames, seal, inputs }]) => ({
      key,
      seal,
      // People may type two lines in one moment, and neither is the first by right: laws check that the script reads them so.
      inputs: inputs.map(({ data }) => new TextDecoder().decode(data)).sort(),
      frames: frames
        .map(({ channel, data }) => `${channel} ${timed.has(channel) ? '' : withoutPod(data)}`)
        .sort(),
    })),
  };
}

/** Simulated scripts say in which pod they run; which of two that start together comes first is nobody's business. */
const withoutPod = (data: Uint8Array): string => new TextDecoder().decode(data).replace(/^u\d+ /, '');

/** Their frames tell of the supervisor's clock. */
const timed: ReadonlySet<FrameChannel> = new Set(['started', 'exit']);
