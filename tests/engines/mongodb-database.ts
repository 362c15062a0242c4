// A database of its own on the server that the tests are given, removed at the end.
import { MongoClient } from 'mongodb';
import { type MongoEngines, openMongo } from '#src/adapters/mongo/engines.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';

export interface MongoDatabase extends MongoEngines {
  uri: string;
  database: string;
  /** How often it was said that events wait. */
  hints(): number;
  /** Removes every document; collections and their indexes stay. */
  empty(): Promise<void>;
}

/** @param uri default: what the environment names; without it, the test fails */
export async function openOnMongoDb(uri = process.env.MONGODB_URI): Promise<MongoDatabase> {
  if (uri === undefined)
    throw new Error('MONGODB_URI names no server; "bun tests/engines/run.ts" starts one');
  const database = `greenroom-test-${crypto.randomUUID()}`;
  let hints = 0;
  const engines = await openMongo({
    uri,
    database,
    clock: systemClock(),
    logger: quietLogger(),
    outboxWaits: () => {
      hints += 1;
    },
  });
  return {
    ...engines,
    uri,
    database,
    hints: () => hints,
    empty: () => emptyDatabase(uri, database),
    close: async () => {
      await engines.close();
      await dropDatabase(uri, database);
    },
  };
}

async function emptyDatabase(uri: string, database: string): Promise<void> {
  const client = new MongoClient(uri);
  try {
    for (const collection of await client.db(database).collections())
      if (collection.collectionName !== 'outbox.places') await collection.deleteMany({});
  } finally {
    await client.close();
  }
}

async function dropDatabase(uri: string, database: string): Promise<void> {
  const client = new MongoClient(uri);
  try {
    await client.db(database).dropDatabase();
  } finally {
    await client.close();
  }
}
