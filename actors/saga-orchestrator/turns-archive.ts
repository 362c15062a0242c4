// Keeps turns that have left their record, one document each, so that time travel reaches back to the first.
import { Value } from '@sinclair/typebox/value';
import type { Handlers } from '#actors/consumer.ts';
import { type ArchivedTurn, archivedTurnId, turnSchema, turnsCollection } from '#src/domain/archived-turn.ts';
import { DomainError } from '#src/domain/errors.ts';
import { isPresent } from '#src/domain/saga-record.ts';
import type { Ports } from '#src/ports/ports.ts';

/** Repeating it changes nothing: a turn is inserted once. */
export function turnsArchive({ documents, records }: Pick<Ports, 'documents' | 'records'>): Handlers {
  const turns = documents.collection<ArchivedTurn>(turnsCollection);
  return {
    async saga_turns_archived({ payload }) {
      const { saga_name: machine, saga_id: record } = payload;
      const ids: string[] = [];
      for (const turn of payload.turns) {
        if (!Value.Check(turnSchema, turn)) throw new DomainError('validation', 'A turn without its form');
        const { number } = turn;
        const id = archivedTurnId(machine, record, number);
        await turns.insert(id, { machine, record, number, turn });
        ids.push(id);
      }
      // Looked at afterwards: whoever erases the record meanwhile either finds the turns, or is found here.
      if (isPresent(await records.load(machine, record))) return;
      for (const id of ids) await turns.remove(id);
    },
  };
}
