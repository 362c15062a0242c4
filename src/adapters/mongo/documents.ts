// Documents, one collection of the database for each of ours, with its indexes made before the first use.
import type { DomainEvent } from '#src/domain/events.ts';
import { checkMessage } from '#src/domain/sizes.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Collection, CollectionSpec, Documents } from '#src/ports/documents.ts';
import { documentOutbox } from './document-outbox.ts';
import { changeOne, insert, type Place, read, removeOne, removeWhere } from './document-writes.ts';
import type { MongoGate } from './gate.ts';
import { countWhere, findPage } from './queries.ts';
import {
  checkSpec,
  collectionOf,
  documentSource,
  fromStored,
  indexesOf,
  type StoredDocument,
} from './stored-document.ts';

/** Builds of indexes on what is already there take as long as they take; a call that gives up is repeated by the next. */
const indexesWithinMs = 30_000;

interface DocumentsOptions {
  gate: MongoGate;
  clock: Clock;
  /** Called after a commit that left events to publish. */
  outboxWaits(): void;
}

export function mongoDocuments({ gate, clock, outboxWaits }: DocumentsOptions): Documents {
  const outbox = documentOutbox(gate);
  const places = new Map<string, Place>();

  function placeOf(spec: CollectionSpec): Place {
    const key = JSON.stringify(spec);
    const known = places.get(key);
    if (known !== undefined) return known;
    checkSpec(spec);
    const ready = onceDone(() => makeIndexes(gate, spec));
    const call: MongoGate['call'] = async (work, deadlineMs) => {
      await ready();
      return gate.call(work, deadlineMs);
    };
    const place = { spec, call, outbox, now: clock.now };
    places.set(key, place);
    return place;
  }

  return {
    collection: <Body extends object>(spec: CollectionSpec) => collectionIn<Body>(placeOf(spec), outboxWaits),
    unsent: outbox.unsent,
    mark: outbox.mark,
  };
}

async function makeIndexes({ call }: MongoGate, spec: CollectionSpec): Promise<void> {
  const indexes = indexesOf(spec);
  if (indexes.length === 0) return;
  await call((db) => collectionOf(db, spec.name).createIndexes(indexes), indexesWithinMs);
}

/** One that failed is tried again by the next who asks. */
function onceDone(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => {
    done ??= work().catch((error: unknown) => {
      done = null;
      throw error;
    });
    return done;
  };
}

function collectionIn<Body extends object>(place: Place, outboxWaits: () => void): Collection<Body> {
  const { spec, call } = place;
  const source = documentSource(spec.name);
  async function saying<Outcome>(
    events: readonly DomainEvent[] = [],
    write: () => Promise<Outcome>,
  ): Promise<Outcome> {
    if (events.length === 0) return write();
    for (const event of events) checkMessage(event);
    await place.outbox.prepare(spec.name);
    const outcome = await write();
    outboxWaits();
    return outcome;
  }

  return {
    insert: (id, body, { outbox } = {}) =>
      saying(outbox, () => insert(place, id, JSON.stringify(body), outbox ?? [])),
    get: async (id) => {
      const stored = await read(place, id);
      return stored === null ? null : fromStored<Body>(stored);
    },
    find: async (query) => {
      const page = await call((db) => findPage<StoredDocument>(db, source, query));
      return { rows: page.rows.map((row) => fromStored<Body>(row)), next: page.next };
    },
    count: (where) => call((db) => countWhere(db, source, where)),
    change: (id, change, options = {}) =>
      saying(options.outbox, () => changeOne<Body>(place, id, change, options)),
    remove: (id, options) => removeOne(place, id, options),
    removeWhere: (where, limit) => removeWhere(place, where, limit),
  };
}
