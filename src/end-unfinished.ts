// What a restored store must forget: runs whose sandboxes are gone, and orders that were given before the backup was made.
// Facts are kept and told: that a run ended, that an account is gone, turns on their way to the archive, and messages that nobody
// could take. A dead
// letter is no run, nor is the removal of an account: each goes on as it is, and its own deadline asks for what was dropped.
import { outboxEvent } from '#actors/kernel/outbox-event.ts';
import { placementsOf } from '#actors/placements.ts';
import { sealAttempt } from '#actors/seal.ts';
import { givenUp } from '#machines/given-up.ts';
import { machineNamed, machineNames } from '#machines/registry.ts';
import type { EventType } from '#src/domain/events.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents } from '#src/ports/documents.ts';
import type { LiveFeed } from '#src/ports/live-feed.ts';
import type { OutputLog } from '#src/ports/output-log.ts';
import type { Records } from '#src/ports/records.ts';
import type { EmbeddedBus } from './adapters/embedded/bus.ts';
import { version } from './version.ts';

export interface UnfinishedEnded {
  runs: number;
  /** Outbox rows of records and documents that were not sent. */
  rows: number;
  events: number;
  placements: number;
}

interface RestoredStores {
  records: Records;
  documents: Documents;
  outputLog: OutputLog;
  liveFeed: LiveFeed;
  bus: EmbeddedBus;
}

const words = 'restored from a backup';
const archive = 'saga_turns_archived';
/** Said once, by a record that will not say it again: nothing is done by them, and nobody else would tell. */
const facts: ReadonlySet<EventType> = new Set([archive, 'user_deleted']);
const pageRows = 200;

/** Only on a store that nobody serves. */
export async function endUnfinished(stores: RestoredStores, clock: Clock): Promise<UnfinishedEnded> {
  const events = await stores.bus.skip({ groups: ['run-events'], topics: [archive, 'dlq_message_received'] });
  const rows = (await dropRecordRows(stores)) + (await dropDocumentRows(stores));
  let runs = 0;
  const ending = machineNames.filter((machine) => machineNamed(machine)?.restored === 'ended');
  for (const machine of ending) runs += await endRecords(stores, machine, clock.now());
  return { runs, rows, events, placements: await buryPlacements(stores, clock.now()) };
}

async function dropRecordRows({ records, bus }: RestoredStores): Promise<number> {
  let dropped = 0;
  for (;;) {
    const refs = await records.unsent(Number.MAX_SAFE_INTEGER, pageRows);
    if (refs.length === 0) return dropped;
    for (const { machine, id } of refs) {
      const record = await records.load(machine, id);
      if (record === null) continue;
      const unsent = record.outbox.filter(({ n }) => n > record.sentThrough);
      const history = unsent.filter(({ type }) => facts.has(type));
      const producer = { service: 'saga-orchestrator', serviceVersion: version };
      await bus.publish(history.map((row) => outboxEvent(record, row, producer)));
      await records.mark(machine, id, record.nextRow - 1);
      dropped += unsent.length - history.length;
    }
  }
}

async function dropDocumentRows({ documents }: RestoredStores): Promise<number> {
  let dropped = 0;
  for (;;) {
    const unsent = await documents.unsent(Number.MAX_SAFE_INTEGER, pageRows);
    if (unsent.length === 0) return dropped;
    for (const { collection, id, rows } of unsent) {
      await documents.mark(collection, id, rows.at(-1)?.n ?? 0);
      dropped += rows.length;
    }
  }
}

async function endRecords(stores: RestoredStores, machine: string, now: number): Promise<number> {
  let ended = 0;
  for (;;) {
    // Those that are ended are not found again.
    const { rows } = await stores.records.find(machine, { where: { final: false }, limit: pageRows });
    if (rows.length === 0) return ended;
    await Promise.all(rows.map((record) => endRecord(stores, record, now)));
    ended += rows.length;
  }
}

async function endRecord(stores: RestoredStores, record: SagaRecord, now: number): Promise<void> {
  const next = givenUp(record, { words, cause: `restore-${now}`, now });
  if (next === null) return;
  const attempt = next.fields.attempt;
  // No frame can follow, and readers know where the output ends.
  if (typeof attempt === 'number') await sealAttempt(stores.outputLog, record.id, attempt, -1);
  const outcome = await stores.records.commit(next);
  if (outcome.kind !== 'committed') throw new Error(`a record could not be ended: ${outcome.kind}`);
}

async function buryPlacements(stores: RestoredStores, at: number): Promise<number> {
  const placements = placementsOf(stores);
  let buried = 0;
  for (const state of ['placed', 'deleted'] as const) {
    for await (const { execution, attempt } of placements.inState(state)) {
      await placements.markDeleted({ execution, attempt, force: true, graceMs: 0, at });
      await placements.markGone(execution, attempt);
      buried += 1;
    }
  }
  return buried;
}
