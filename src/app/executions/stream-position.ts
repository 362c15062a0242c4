// The id of a frame of a run's stream: how much of the run its reader has. It needs no memory of ours, so that any process
// can go on from it. `turn.attempt.number`: turns of the record seen, attempt, and number of its last frame seen.

export interface StreamPosition {
  turn: number;
  attempt: number;
  /** -1 before the first frame; one more than the last frame once the end was told. */
  number: number;
}

export const formatPosition = ({ turn, attempt, number }: StreamPosition): string =>
  `${turn}.${attempt}.${number}`;

/** Null for what we never wrote: such a reader begins anew. */
export function parsePosition(text: string): StreamPosition | null {
  const [, turn, attempt, number] = /^(\d{1,9})\.(\d{1,6})\.(-1|\d{1,9})$/.exec(text) ?? [];
  if (turn === undefined || attempt === undefined || number === undefined || attempt === '0') return null;
  return { turn: Number(turn), attempt: Number(attempt), number: Number(number) };
}
