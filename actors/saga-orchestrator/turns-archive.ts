// Keeps turns that have left their record, one document each, so that time travel reaches back to the first.
import { Value } from '@sinclair/typebox/value';
import type { Handlers } from '#actors/consumer.ts';
import { type ArchivedTurn, archivedTurnId, turnSchema, turnsCollection } from '#src/domain/archived-turn.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { Documents } from '#src/ports/documents.ts';

/** Repeating it changes nothing: a turn is inserted once. */
export function turnsArchive(documents: Documents): Handlers {
  const turns = documents.collection<ArchivedTurn>(turnsCollection);
  return {
    async saga_turns_archived({ payload }) {
      for (const turn of payload.turns) {
        if (!Value.Check(turnSchema, turn)) throw new DomainError('validation', 'A turn without its form');
        const { saga_name: machine, saga_id: record } = payload;
        const { number } = turn;
        await turns.insert(archivedTurnId(machine, record, number), { machine, record, number, turn });
      }
    },
  };
}
