// The kernel of a process: every change of a durable machine goes through here, one at a time per record.
// After a commit it relays, arms and wakes; it never performs what a machine asks for.
import type { Child } from '#actors/role.ts';
import { type Machines, registry } from '#machines/registry.ts';
import { release, remove } from '#machines/step.ts';
import { DomainError, newerVersion, unavailable } from '#src/domain/errors.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Ports } from '#src/ports/ports.ts';
import type { RecordRef } from '#src/ports/records.ts';
import type { Sagas, TurnOutcome } from '#src/ports/sagas.ts';
import { sendHints } from './hints.ts';
import { createKnownRecords } from './known-records.ts';
import { createLiveVersions } from './live-versions.ts';
import { createMailbox } from './mailbox.ts';
import { outboxEvent, type Producer } from './outbox-event.ts';
import { recoveryChild } from './recovery.ts';
import { createRelay } from './relay.ts';
import { start } from './start.ts';
import { createTimers } from './timers.ts';
import { change, type TurnCommand, type TurnResult, turn } from './turn.ts';

export type KernelPorts = Pick<Ports, 'clock' | 'logger' | 'records' | 'documents' | 'bus' | 'liveFeed'>;

export interface Kernel extends Sagas {
  /** As `send`, but answers when another record holds a value that the turn would take, or only a newer process can. */
  turn(command: TurnCommand): Promise<TurnResult>;
  /** To be run by every process that has a kernel. */
  sweep: Child;
  /** To be run by at least one process; by more is harmless. */
  timers: Child;
  recovery: Child;
  /** Finds out which versions of the machines all processes know; until then the older one is written. */
  lookAtFleet(): Promise<void>;
  /** Turns and relays under way. */
  inFlight(): number;
  /** Resolves once nothing is under way. */
  settled(): Promise<void>;
}

export function createKernel(ports: KernelPorts, producer: Producer, machines: Machines = registry): Kernel {
  const mailbox = createMailbox();
  const relay = createRelay(ports, producer);
  const timers = createTimers(ports, take);
  const versions = createLiveVersions(ports, machines);
  const known = createKnownRecords();
  const choices = {
    sentThrough: relay.sentThrough,
    unsaid: relay.unsaid,
    toStep: versions.toStep,
    known: known.take,
  };
  const said = (record: SagaRecord) => record.outbox.map((row) => outboxEvent(record, row, producer));

  function committed(before: SagaRecord | null, after: SagaRecord): void {
    known.committed(after);
    relay.wake(after);
    if (after.nextDeadline !== null) timers.armed(after.nextDeadline);
    sendHints(ports.liveFeed, before, after);
  }

  /** One thing at a time for each record; who waits for the change hears of it after the commit. */
  function changing({ machine, id }: RecordRef, work: () => Promise<TurnResult>): Promise<TurnResult> {
    return mailbox.run(`${machine}/${id}`, async () => {
      const result = await work();
      if (result.kind === 'committed') committed(result.before, result.record);
      return result;
    });
  }

  function take(command: TurnCommand): Promise<TurnResult> {
    return changing(command, async () => {
      const result = await turn(ports, command, choices);
      logTurn(ports.logger, command, result);
      return result;
    });
  }

  return {
    turn: take,
    async start(request) {
      const outcome = await mailbox.run(`${request.machine}/${request.id}`, () =>
        start(ports, request, versions.toWrite(request.machine), said),
      );
      ports.logger.info({ machine: request.machine, id: request.id, outcome: outcome.kind }, 'start');
      if (outcome.kind === 'started') {
        relay.begin(outcome.record);
        committed(null, outcome.record);
      }
      return outcome;
    },
    async send(machine, id, cause, event) {
      const result = await take({ machine, id, cause, event });
      return outcomeOf(result, { machine, id });
    },
    async release(machine, id, why) {
      const ref = { machine, id };
      const result = await changing(ref, () =>
        change(ports, ref, choices, (_, record, now) => release(record, why, now)),
      );
      ports.logger.warn({ ...ref, ...why, outcome: result.kind }, 'release from quarantine');
      return outcomeOf(result, ref);
    },
    async delete(machine, id) {
      const ref = { machine, id };
      const result = await changing(ref, () =>
        change(ports, ref, choices, (_, record, now) => remove(record, now)),
      );
      ports.logger.info({ ...ref, outcome: result.kind }, 'deletion');
      const outcome = outcomeOf(result, ref);
      if (outcome.kind === 'committed') return 'deleted';
      return outcome.kind === 'unchanged' && !outcome.record.final ? 'unfinished' : 'absent';
    },
    sweep: relay.sweep,
    timers: timers.child,
    recovery: recoveryChild(ports, machines),
    lookAtFleet: versions.look,
    inFlight: () => mailbox.inFlight() + relay.inFlight(),
    async settled() {
      await mailbox.settled();
      await relay.settled();
    },
  };
}

function outcomeOf(result: TurnResult, { machine, id }: RecordRef): TurnOutcome {
  if (result.kind === 'newer') throw newerVersion(`${machine} ${id}`);
  if (result.kind === 'full') throw unavailable(`room in ${machine} ${id}`);
  if (result.kind !== 'taken') return result;
  throw new DomainError('conflict', 'Another record holds this value', { detail: result.unique });
}

/** One line a turn: ids and names, never what users wrote. */
function logTurn(logger: KernelPorts['logger'], command: TurnCommand, result: TurnResult): void {
  const { machine, id, event } = command;
  const common = { machine, id, event: event.type, outcome: result.kind };
  if (result.kind === 'committed') {
    const { before, record } = result;
    const effects = record.turns.at(-1)?.effects.length ?? 0;
    const moved = { from: before.state, to: record.state, version: record.version, effects };
    logger.info({ ...common, ...moved }, 'turn');
    return;
  }
  if (result.kind === 'absent') logger.warn(common, 'message for an unknown record');
  else logger.debug(common, 'turn');
}
