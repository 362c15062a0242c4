// How many rows a part of a store has, and a digest of them that does not depend on their order, since no two engines have the
// same: the sum of the rows' SHA-256, modulo 2^256. Pure.
import { createHash } from 'node:crypto';
import type { StorePart, StoreRow } from '#src/ports/store-contents.ts';

export interface PartTally {
  rows: number;
  /** Hexadecimal. */
  digest: string;
}

export type StoreTally = ReadonlyMap<StorePart, PartTally>;

export interface Tallying {
  add(row: StoreRow): void;
  result(): PartTally;
}

const modulus = 1n << 256n;

export function startTally(): Tallying {
  let rows = 0;
  let sum = 0n;
  return {
    add(row) {
      rows += 1;
      sum = (sum + BigInt(`0x${createHash('sha256').update(textOf(row)).digest('hex')}`)) % modulus;
    },
    result: () => ({ rows, digest: sum.toString(16).padStart(64, '0') }),
  };
}

/** Everything that is in the row, in one order whatever engine it came from. */
function textOf(row: StoreRow): string {
  switch (row.kind) {
    case 'record':
      return JSON.stringify([row.kind, row.record]);
    case 'document':
      return JSON.stringify([row.kind, row.collection, row.id, row.version, row.body]);
    case 'event':
      return JSON.stringify([row.kind, row.collection, row.id, row.n, row.event]);
    case 'input': {
      const { number, data, end } = row.input;
      return JSON.stringify([row.kind, row.execution, row.attempt, row.key, number, base64(data), end]);
    }
    case 'chunk': {
      const { chunk, execution, attempt } = row;
      if (chunk.kind === 'seal')
        return JSON.stringify([row.kind, execution, attempt, chunk.number, 'seal', chunk.seal.last]);
      const { number, channel, at, data } = chunk.frame;
      return JSON.stringify([row.kind, execution, attempt, number, channel, at, base64(data)]);
    }
  }
}

const base64 = (data: Uint8Array): string => Buffer.from(data).toString('base64');

/** Of a whole store: by it the same source is known again. */
export const digestOfStore = (tally: StoreTally): string =>
  createHash('sha256')
    .update(JSON.stringify([...filled(tally)].sort()))
    .digest('hex');

const filled = (tally: StoreTally): [StorePart, PartTally][] => [...tally].filter(([, { rows }]) => rows > 0);

export interface Comparison {
  /** For an operator: a line for each part that holds anything on either side. */
  lines: string[];
  /** Parts that are not the same. */
  different: StorePart[];
}

const nothing: PartTally = { rows: 0, digest: '0'.repeat(64) };

export function compareTallies(source: StoreTally, target: StoreTally): Comparison {
  const parts = new Set([...filled(source), ...filled(target)].map(([part]) => part));
  const lines: string[] = [];
  const different: StorePart[] = [];
  for (const part of parts) {
    const [here, there] = [source.get(part) ?? nothing, target.get(part) ?? nothing];
    const isSame = here.rows === there.rows && here.digest === there.digest;
    if (!isSame) different.push(part);
    lines.push(
      isSame
        ? `same      ${part}: ${here.rows}, ${here.digest}`
        : `different ${part}: ${here.rows}, ${here.digest} in the data folder; ${there.rows}, ${there.digest} in MongoDB`,
    );
  }
  return { lines, different };
}
