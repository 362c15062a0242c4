// A bulk of writes that was cut off is no bulk whose documents were there already.
import { expect, test } from 'bun:test';
import { type BulkWriteResult, MongoBulkWriteError, MongoNetworkError, type WriteError } from 'mongodb';
import { domainErrorOf, isDuplicate } from '#src/adapters/mongo/failures.ts';

const result = { getWriteConcernError: () => undefined } as unknown as BulkWriteResult;
const refused = (...codes: number[]): MongoBulkWriteError => {
  const writeErrors = codes.map((code) => ({ code })) as unknown as WriteError[];
  return new MongoBulkWriteError({ message: 'refused', code: codes[0] ?? 0, writeErrors }, result);
};

test('a bulk whose connection broke has an unknown outcome', () => {
  const cut = new MongoBulkWriteError(new MongoNetworkError('connection closed'), result);
  expect(isDuplicate(cut)).toBe(false);
  expect(domainErrorOf(cut)).toMatchObject({ kind: 'unavailable', detail: 'mongodb: connection closed' });
});

test('only refusals of what is there already are no failure', () => {
  expect(isDuplicate(refused(11_000, 11_000))).toBe(true);
  expect(isDuplicate(refused(11_000, 13))).toBe(false);
});
