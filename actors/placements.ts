// Which pod belongs to which attempt. A placement comes before its pod, is never moved, and only its one uid gets the job.

import type { Runtime } from '#src/domain/execution.ts';
import { attemptKey } from '#src/domain/ids.ts';
import type { Json } from '#src/domain/json.ts';
import type { Collection, CollectionSpec, DocumentChange, Documents } from '#src/ports/documents.ts';
import type { Filter } from '#src/ports/filter.ts';
import { type LiveFeed, placementsChannel } from '#src/ports/live-feed.ts';
import { everyRow } from '#src/ports/paging.ts';

export const placementStates = ['placed', 'deleted', 'gone'] as const;
export type PlacementState = (typeof placementStates)[number];

export interface Placement {
  execution: string;
  attempt: number;
  /** Null once gone, so that the name is free, and for an attempt that was deleted before it had a pod. */
  podName: string | null;
  /** Set once: the only pod that ever gets the job, and the only one whose absence counts. */
  podUid: string | null;
  /** The process in which the pod lives, where pods live in processes. */
  owner: string | null;
  runtime: Runtime | null;
  placedAt: number;
  state: PlacementState;
  /** The pod was claimed or created: from here on its absence is a loss. */
  confirmed: boolean;
  /** Everything that the pod will ever say is stored. */
  drained: boolean;
  deletedAt: number | null;
  force: boolean;
  graceMs: number;
}

export interface DeleteRequest {
  execution: string;
  attempt: number;
  force: boolean;
  graceMs: number;
  at: number;
}

export interface Placements {
  get(execution: string, attempt: number): Promise<Placement | null>;
  /** `exists`: this attempt has one. `taken`: another attempt has that pod. */
  insert(placement: Placement): Promise<'inserted' | 'exists' | 'taken'>;
  /** Sets the uid, once and only while not deleted. Answers the placement when this uid is the one, else null. */
  entitle(execution: string, attempt: number, uid: string): Promise<Placement | null>;
  confirm(execution: string, attempt: number): Promise<void>;
  /** Marks it deleted, inserting it if absent: after that nothing is made for this attempt. */
  markDeleted(request: DeleteRequest): Promise<Placement>;
  markDrained(execution: string, attempt: number): Promise<void>;
  /** Its pod is proved gone; only a deleted one can be. */
  markGone(execution: string, attempt: number): Promise<void>;
  /** All in this state, in pages; for loops that look by themselves. */
  inState(state: PlacementState): AsyncIterable<Placement>;
}

export const placementsSpec: CollectionSpec = {
  name: 'placements',
  indexes: [
    { fields: ['podName'], unique: true },
    { fields: ['podUid'], unique: true },
    { fields: ['state'] },
  ],
};

/** Hinted when the one placement changes in a way that its session waits for. */
export const placementChannel = (execution: string, attempt: number): string =>
  `placement:${attemptKey(execution, attempt)}`;

export function placementsOf(ports: { documents: Documents; liveFeed: LiveFeed }): Placements {
  const collection = ports.documents.collection<Placement>(placementsSpec);
  const hint = (execution: string, attempt: number): void => {
    ports.liveFeed.hint(placementsChannel);
    ports.liveFeed.hint(placementChannel(execution, attempt));
  };
  const set = (
    placement: { execution: string; attempt: number },
    values: Record<string, Json>,
    where: Filter,
  ): Promise<DocumentChange<Placement>> =>
    collection.change(attemptKey(placement.execution, placement.attempt), { set: values }, { where });

  return {
    get: async (execution, attempt) => (await collection.get(attemptKey(execution, attempt)))?.body ?? null,
    insert: async (placement) =>
      (await collection.insert(attemptKey(placement.execution, placement.attempt), placement)).kind,
    async entitle(execution, attempt, uid) {
      const outcome = await set(
        { execution, attempt },
        { podUid: uid, confirmed: true },
        { state: 'placed', podUid: { exists: false } },
      );
      if (outcome.kind === 'changed') return outcome.stored.body;
      if (outcome.kind !== 'unmatched') return null;
      return outcome.stored.body.podUid === uid ? outcome.stored.body : null;
    },
    async confirm(execution, attempt) {
      await set({ execution, attempt }, { confirmed: true }, { state: 'placed', confirmed: false });
    },
    async markDeleted(request) {
      const placement = await marked(collection, request);
      hint(request.execution, request.attempt);
      return placement;
    },
    async markDrained(execution, attempt) {
      const outcome = await set({ execution, attempt }, { drained: true }, { drained: false });
      if (outcome.kind === 'changed') hint(execution, attempt);
    },
    async markGone(execution, attempt) {
      const outcome = await set(
        { execution, attempt },
        { state: 'gone', podName: null },
        { state: 'deleted' },
      );
      if (outcome.kind === 'changed') hint(execution, attempt);
    },
    inState: (state) => pages(collection, state),
  };
}

/** The first mark's time stays; force, once asked for, stays too. */
async function marked(collection: Collection<Placement>, request: DeleteRequest): Promise<Placement> {
  const key = attemptKey(request.execution, request.attempt);
  for (;;) {
    const stored = await collection.get(key);
    if (stored === null) {
      const tombstone = buried(request);
      if ((await collection.insert(key, tombstone)).kind === 'inserted') return tombstone;
      continue;
    }
    const before = stored.body;
    const force = before.force || request.force;
    if (before.state === 'gone' || (before.state === 'deleted' && before.force === force)) return before;
    const outcome = await collection.change(
      key,
      {
        set: {
          state: 'deleted',
          force,
          graceMs: request.graceMs,
          deletedAt: before.deletedAt ?? request.at,
        },
      },
      { expectedVersion: stored.version },
    );
    if (outcome.kind === 'changed') return outcome.stored.body;
  }
}

const buried = (request: DeleteRequest): Placement => ({
  execution: request.execution,
  attempt: request.attempt,
  podName: null,
  podUid: null,
  owner: null,
  runtime: null,
  placedAt: request.at,
  state: 'deleted',
  confirmed: false,
  drained: false,
  deletedAt: request.at,
  force: request.force,
  graceMs: request.graceMs,
});

async function* pages(collection: Collection<Placement>, state: PlacementState): AsyncIterable<Placement> {
  for await (const { body } of everyRow(collection.find, { where: { state } })) yield body;
}
