// A turn that has left its record: the record keeps the last few, the collection `turns` all that came before.
import { type Static, Type } from '@sinclair/typebox';

export const turnSchema = Type.Object({
  number: Type.Number(),
  at: Type.Number(),
  cause: Type.String(),
  event: Type.Object({ type: Type.String() }),
  from: Type.String(),
  to: Type.String(),
  effects: Type.Array(Type.String()),
});

/** Body of the documents of `turns`, whose id is `<machine>:<record>:<number>`. */
export interface ArchivedTurn {
  machine: string;
  record: string;
  number: number;
  turn: Static<typeof turnSchema>;
}

export const archivedTurnId = (machine: string, record: string, number: number): string =>
  `${machine}:${record}:${number}`;

export const turnsCollection = {
  name: 'turns',
  indexes: [{ fields: ['machine', 'record', 'number'] }],
  durability: 'in-order',
} as const;
