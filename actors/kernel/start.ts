// Acceptance: the insert of a record, with its outbox, is the moment at which a run exists.
import { pause } from '#actors/waiting.ts';
import type { DurableMachine } from '#machines/durable.ts';
import { startRecord } from '#machines/step.ts';
import { assert, isUnavailable } from '#src/domain/errors.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import { allSent, type SagaRecord } from '#src/domain/saga-record.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Records } from '#src/ports/records.ts';
import type { StartOutcome, StartRequest } from '#src/ports/sagas.ts';

interface StartPorts {
  clock: Clock;
  records: Records;
}

const triesMax = 4;
const pauseMs = 150;
/** A person waits for the answer: whether to ask again is theirs once a single try takes long. */
const repeatsWithinMs = 1_000;

/**
 * `machine`: the version that may be written; null when this binary has none of that name.
 * `said`: all that a new record has to say.
 */
export async function start(
  ports: StartPorts,
  request: StartRequest,
  machine: DurableMachine | null,
  said: (record: SagaRecord) => DomainEvent[],
): Promise<StartOutcome> {
  assert(machine !== null, 'a record is started on a machine of this binary');
  const record = startRecord(machine, { ...request, at: ports.clock.now() });
  const events = said(record);
  const began = ports.clock.monotonic();
  for (let tries = 1; ; tries += 1) {
    try {
      const outcome = await ports.records.insert(record, events);
      if (outcome.kind === 'inserted')
        return { kind: 'started', record: outcome.published === true ? allSent(record) : record };
      // An earlier insert of unknown outcome was ours after all.
      if (outcome.kind === 'exists' && tries > 1) return await mine(ports, request);
      return outcome;
    } catch (error) {
      const isLate = ports.clock.monotonic() - began >= repeatsWithinMs;
      if (!isUnavailable(error) || tries >= triesMax || isLate) throw error;
      await pause(ports.clock, pauseMs * tries);
    }
  }
}

async function mine(ports: StartPorts, request: StartRequest): Promise<StartOutcome> {
  const record = await ports.records.load(request.machine, request.id);
  return record?.seen.includes(request.cause) ? { kind: 'started', record } : { kind: 'exists' };
}
