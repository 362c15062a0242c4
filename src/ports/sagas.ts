// Starting and stepping durable machines, for use cases outside the roles; actors/kernel implements it.

import type { JsonObject } from '#src/domain/json.ts';
import type { Fields, SagaRecord } from '#src/domain/saga-record.ts';

export interface StartRequest {
  machine: string;
  id: string;
  input: JsonObject;
  /** Id of the request or message that caused it. */
  cause: string;
  /** Further values that only this record may hold, such as an idempotency key. */
  uniques?: readonly string[];
  /** Further indexed fields that never change, such as the digest of the request. */
  fields?: Fields;
}

export type StartOutcome =
  | { kind: 'started'; record: SagaRecord }
  | { kind: 'exists' }
  | { kind: 'taken'; unique: string };

export type TurnOutcome =
  | { kind: 'committed'; record: SagaRecord; before: SagaRecord }
  /** The event changed nothing, was known already, or the record is final. */
  | { kind: 'unchanged'; record: SagaRecord }
  | { kind: 'absent' };

export interface Release {
  /** Who decided it. */
  by: string;
  /** In their words; kept in the record's history. */
  reason: string;
}

export type DeleteOutcome = 'deleted' | 'absent' | 'unfinished';

export interface Sagas {
  /** Acceptance: resolves after the commit. An insert of unknown outcome is repeated with the same id. */
  start(request: StartRequest): Promise<StartOutcome>;
  /** One turn; resolves after the commit. The event's `at` is set by the kernel. */
  send(
    machine: string,
    id: string,
    cause: string,
    event: JsonObject & { type: string },
  ): Promise<TurnOutcome>;
  /**
   * Takes a record out of quarantine: its state asks at once where things stand. `unchanged` for one that is not in
   * quarantine. What still cannot be understood is set aside again, for an hour, and for a day at most after the first time.
   */
  release(machine: string, id: string, release: Release): Promise<TurnOutcome>;
  /** Nobody sees a deleted record any more, and all that belongs to it is removed soon. `absent`: unknown, or deleted before. */
  delete(machine: string, id: string): Promise<DeleteOutcome>;
}
