// The embedded engines and MongoDB are one thing to whoever uses the ports: any sequence of operations gets the same answers.
// A failure prints its seed and the shortest sequence that fails; ALIKE_SEED=… plays that seed again, ALIKE_RUNS=… plays more.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { openIn } from '#tests/adapters/embedded/opened.ts';
import { dataFolder } from '#tests/support/data-folder.ts';
import { answerOf } from './answers.ts';
import { type MongoDatabase, openOnMongoDb } from './mongodb-database.ts';
import { type Operation, operations } from './operations.ts';

const seed = Number(process.env.ALIKE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const numRuns = Number(process.env.ALIKE_RUNS ?? 40);
process.stdout.write(`ALIKE_SEED=${seed}\n`);

let mongo: MongoDatabase;
beforeAll(async () => {
  mongo = await openOnMongoDb();
});
afterAll(() => mongo.close());

/** The first operation that is answered differently, with both answers; null where there is none. */
async function difference(sequence: readonly Operation[]): Promise<object | null> {
  const folder = await dataFolder();
  const embedded = await openIn(folder.path);
  try {
    for (const operation of sequence) {
      const here = await answerOf(embedded, operation);
      const there = await answerOf(mongo, operation);
      if (!isDeepStrictEqual(plain(here), plain(there))) return { operation, embedded: here, mongodb: there };
    }
    return null;
  } finally {
    await embedded.close();
    await folder.remove();
    await mongo.empty();
  }
}

/** Bytes may lie in a buffer of either kind. */
const plain = (answer: unknown): unknown =>
  JSON.parse(
    JSON.stringify(answer ?? null, (_, value) => (value instanceof Uint8Array ? [...value] : value)),
  );

test.each(Object.keys(operations) as (keyof typeof operations)[])(
  'operations on %s get the same answers',
  async (store) => {
    let done = 0;
    const property = fc.asyncProperty(operations[store], async (sequence) => {
      done += sequence.length;
      expect(await difference(sequence)).toBeNull();
    });
    await fc.assert(property, { seed, numRuns, endOnFailure: false });
    process.stdout.write(`${store}: ${done} operations\n`);
    expect(done).toBeGreaterThan(numRuns);
  },
  240_000,
);
