// Pausing and resuming admission for the whole installation, and what the queue looks like. What runs goes on; the scheduler
// reads the document, and keeps the stretches in which nobody was admitted.
import type { Caller } from '#src/domain/access.ts';
import { unavailable } from '#src/domain/errors.ts';
import {
  type AdmissionAction,
  type AdmissionChange,
  type AdmissionState,
  admissionCollection,
  admissionId,
} from '#src/domain/fleet.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents } from '#src/ports/documents.ts';
import { admissionChannel, type LiveFeed } from '#src/ports/live-feed.ts';
import type { Logger } from '#src/ports/logger.ts';
import { shortLived } from './short-lived.ts';

export interface AdmissionView {
  paused: AdmissionState['paused'];
  /** Newest first. */
  changes: AdmissionChange[];
}

export interface Admission {
  read(): Promise<AdmissionView>;
  /** For everybody who waits; known within half a second. */
  isPaused(): Promise<boolean>;
  /** Pausing what is paused, or resuming what is open, changes nothing. */
  change(caller: Caller, action: AdmissionAction, reason: string): Promise<AdmissionView>;
}

const changesKept = 20;
const triesMax = 8;

export function createAdmission(ports: {
  documents: Documents;
  clock: Clock;
  liveFeed: LiveFeed;
  logger: Logger;
}): Admission {
  const { documents, clock, liveFeed, logger } = ports;
  const collection = documents.collection<AdmissionState>(admissionCollection);
  const known = shortLived<boolean>(clock);

  async function stored(): Promise<{ version: number; body: AdmissionState }> {
    const found = await collection.get(admissionId);
    if (found !== null) return found;
    await collection.insert(admissionId, { paused: null, changes: [], closures: [], lookedAt: clock.now() });
    return stored();
  }

  return {
    async read() {
      return viewOf((await collection.get(admissionId))?.body ?? null);
    },
    isPaused: async () =>
      known.get(admissionId, async (id) => ((await collection.get(id))?.body.paused ?? null) !== null),
    async change({ userId: by }, action, reason) {
      for (let tries = 0; tries < triesMax; tries += 1) {
        const { version, body } = await stored();
        if ((body.paused !== null) === (action === 'paused')) return viewOf(body);
        const at = clock.now();
        const changes = [{ action, by, reason, at }, ...(body.changes ?? [])].slice(0, changesKept);
        const set = {
          paused: action === 'paused' ? { by, reason, at } : null,
          changes: changes.map((change) => ({ ...change })),
        };
        const outcome = await collection.change(admissionId, { set }, { expectedVersion: version });
        if (outcome.kind !== 'changed') continue;
        known.forget(admissionId);
        liveFeed.hint(admissionChannel);
        logger.info({ action, by }, 'admission');
        return viewOf(outcome.stored.body);
      }
      throw unavailable('the admission document without conflict');
    },
  };
}

const viewOf = (body: AdmissionState | null): AdmissionView => ({
  paused: body?.paused ?? null,
  changes: body?.changes ?? [],
});
