// Sends a dead message again, once for each redrive that its letter asks for. The letter hears what became of it: it was
// sent, whom it was for has ended, or no bus can carry it.
import type { Handlers } from '#actors/consumer.ts';
import type { Kernel } from '#actors/kernel/kernel.ts';
import { executionMachineName, inboxTypes } from '#actors/saga-orchestrator/inbox.ts';
import { deadLetterMachineName as machine } from '#src/domain/dead-letter.ts';
import { eventPayloads } from '#src/domain/event-payloads.ts';
import type { DomainEvent, EventType } from '#src/domain/events.ts';
import type { Json, JsonObject } from '#src/domain/json.ts';
import { redriven } from '#src/domain/redrive.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Ports } from '#src/ports/ports.ts';

type RedrivePorts = Pick<Ports, 'bus' | 'records'>;

export const redriving = (ports: RedrivePorts, kernel: Kernel): Handlers => ({
  async redrive_message_command({ id: cause, payload: { dlq_event_id: id, redrive } }) {
    const letter = await ports.records.load(machine, id);
    // Else it was decided otherwise meanwhile, or this is the order of an earlier redrive.
    if (letter === null || !waitsFor(letter, redrive)) return;
    const answer = await carryOut(ports, letter, redrive);
    await kernel.send(machine, id, `${cause}/${answer.type}`, answer);
  },
});

const waitsFor = (letter: SagaRecord, redrive: number): boolean =>
  letter.state === 'retrying' && letter.quarantine === null && contextOf(letter).redrives === redrive;

type Answer = JsonObject & { type: string };

async function carryOut(ports: RedrivePorts, letter: SagaRecord, redrive: number): Promise<Answer> {
  const { message, group } = contextOf(letter);
  const again = redriven(message, { letter: letter.id, number: redrive, group });
  if (again === null) return { type: 'UNSENDABLE', redrive, words: 'No bus of this version can carry it' };
  if (await hasEnded(ports.records, again)) return { type: 'TARGET_ENDED', redrive };
  await ports.bus.publish([again]);
  return { type: 'REDRIVEN', redrive };
}

const ofRuns: ReadonlySet<EventType> = new Set<EventType>(inboxTypes);

/** What only a run could use, as its news or its order, comes too late for one that has ended or is gone. */
async function hasEnded(records: Ports['records'], { type, key }: DomainEvent): Promise<boolean> {
  const isOrder = type.endsWith('_command') && Object.hasOwn(eventPayloads[type].properties, 'execution_id');
  if (!isOrder && !ofRuns.has(type)) return false;
  const run = await records.load(executionMachineName, key);
  return run === null || run.final;
}

interface Letter {
  message: Json;
  group: string;
  redrives: number;
}

/** The machine's schema has checked it, with every step. */
const contextOf = ({ snapshot: { context } }: SagaRecord): Letter => context as unknown as Letter;
