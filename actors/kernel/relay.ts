// Takes outbox rows to the bus: in order, one batch a record, marked afterwards. A crash in between publishes twice, which
// every consumer bears; nothing is ever marked that was not published. Where the store published them with the commit,
// there is nothing left to take.
import { isPassing, wordsOf } from '#actors/failure.ts';
import { keepLooking } from '#actors/looking.ts';
import type { Child } from '#actors/role.ts';
import { createBell } from '#actors/waiting.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Bus } from '#src/ports/bus.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents, UnsentDocument } from '#src/ports/documents.ts';
import { type LiveFeed, outboxChannel } from '#src/ports/live-feed.ts';
import type { LogFields, Logger } from '#src/ports/logger.ts';
import type { RecordRef, Records } from '#src/ports/records.ts';
import { createMailbox } from './mailbox.ts';
import { outboxEvent, type Producer } from './outbox-event.ts';
import { createSentRows } from './sent-rows.ts';

export interface Relay {
  /** Publishes what this committed record has to say, soon. A failure is left to the sweep. */
  wake(record: SagaRecord): void;
  /** Rows up to this one are on the bus, as far as this process knows; a turn's commit carries it. */
  sentThrough(record: SagaRecord): number;
  /** What this record has to say that is not on the bus, as far as this process knows; in order. */
  unsaid(record: SagaRecord): DomainEvent[];
  /** A record of this id begins: nothing that was known of the id holds. */
  begin(record: SagaRecord): void;
  /** Finds rows that were left, by this process or another. */
  sweep: Child;
  inFlight(): number;
  /** Resolves once everything woken for is published and marked, or has failed. */
  settled(): Promise<void>;
}

interface RelayPorts {
  clock: Clock;
  logger: Logger;
  records: Records;
  documents: Documents;
  bus: Bus;
  liveFeed: LiveFeed;
}

const sweepEveryMs = 1_000;
const sweepOlderThanMs = 2_000;
const sweepLimit = 100;

export function createRelay(ports: RelayPorts, producer: Producer): Relay {
  const mailbox = createMailbox();
  const sent = createSentRows(ports);

  function sentThrough(record: SagaRecord): number {
    const known = sent.through(record);
    // Rows that the record never had belong to an earlier one of the same id.
    return known < record.nextRow ? Math.max(record.sentThrough, known) : record.sentThrough;
  }

  function unsaid(record: SagaRecord): DomainEvent[] {
    const through = sentThrough(record);
    return record.outbox.filter(({ n }) => n > through).map((row) => outboxEvent(record, row, producer));
  }

  /** Answers the last row that it published, or null. */
  async function publish(record: SagaRecord): Promise<number | null> {
    const events = unsaid(record);
    if (events.length === 0) return null;
    const last = record.nextRow - 1;
    await ports.bus.publish(events);
    sent.published(record, last);
    return last;
  }

  function wake(record: SagaRecord): void {
    sent.committed(record, record.sentThrough);
    if (record.sentThrough === record.nextRow - 1) return;
    mailbox
      .run(keyOf(record), () => publish(record))
      .catch((error: unknown) =>
        ports.logger.warn(
          { machine: record.machine, id: record.id, error: wordsOf(error) },
          'relay left rows to the sweep',
        ),
      );
  }

  async function sweepRecords(before: number): Promise<number> {
    const found = await ports.records.unsent(before, sweepLimit);
    let failures = 0;
    for (const ref of found) {
      const sending = mailbox.run(keyOf(ref), () => publishStored(ref));
      failures += await oneFailure(ports.logger, { ...ref }, sending);
    }
    return found.length - failures;
  }

  async function publishStored({ machine, id }: RecordRef): Promise<void> {
    const record = await ports.records.load(machine, id);
    if (record === null) return;
    // What was published but not marked is published again: the mark may be what failed.
    sent.forget(record);
    const last = await publish(record);
    if (last === null) return;
    // At once: what is not marked would be found again by the next look.
    await ports.records.mark(machine, id, last);
    sent.committed(record, last);
  }

  async function sweepDocuments(before: number): Promise<number> {
    const found = await ports.documents.unsent(before, sweepLimit);
    let failures = 0;
    for (const document of found) {
      const { collection, id } = document;
      failures += await oneFailure(ports.logger, { collection, id }, publishDocument(ports, document));
    }
    return found.length - failures;
  }

  return {
    wake,
    sweep: sweepChild(ports, sweepRecords, sweepDocuments),
    sentThrough,
    unsaid,
    begin: sent.forget,
    inFlight: mailbox.inFlight,
    async settled() {
      await mailbox.settled();
      await sent.flush();
    },
  };
}

const keyOf = ({ machine, id }: RecordRef): string => `${machine}/${id}`;

/** 1 for a failure that is of this one's own making: it must not hold up all others. */
async function oneFailure(logger: Logger, about: LogFields, sending: Promise<void>): Promise<number> {
  try {
    await sending;
    return 0;
  } catch (error) {
    if (isPassing(error)) throw error;
    logger.error({ ...about, error: wordsOf(error) }, 'rows cannot be published');
    return 1;
  }
}

async function publishDocument(ports: RelayPorts, document: UnsentDocument): Promise<void> {
  const last = document.rows.at(-1);
  if (last === undefined) return;
  await ports.bus.publish(document.rows.map((row) => row.event));
  await ports.documents.mark(document.collection, document.id, last.n);
}

function sweepChild(
  ports: RelayPorts,
  sweepRecords: (before: number) => Promise<number>,
  sweepDocuments: (before: number) => Promise<number>,
): Child {
  return {
    name: 'relay',
    async run({ signal, ready }) {
      const bell = createBell();
      // At the start at once: what a process left behind that is no more.
      let first = true;
      let hinted = true;
      const leave = ports.liveFeed.subscribe(outboxChannel, () => {
        hinted = true;
        bell.ring();
      });
      const look = async (): Promise<number> => {
        const before = ports.clock.now() - (hinted ? 0 : sweepOlderThanMs);
        hinted = false;
        const documents = await sweepDocuments(before);
        const records = await sweepRecords(first ? before : ports.clock.now() - sweepOlderThanMs);
        first = false;
        return documents === sweepLimit || records === sweepLimit ? 0 : sweepEveryMs;
      };
      ready();
      await keepLooking(ports, signal, { name: 'relay', look, patienceMs: sweepEveryMs, bell }).finally(
        leave,
      );
    },
  };
}
