// The first words with the server: whether one is there that takes writes, what it is, and what time it has.
import type { Document } from 'mongodb';
import { DomainError, isDomainError, isUnavailable } from '#src/domain/errors.ts';
import { type MongoGate, mongoGate } from './gate.ts';
import { insisting } from './patience.ts';

/** @throws DomainError with a sentence for the operator, in which no password is */
export function gateTo({ uri, database }: { uri: string; database: string }): MongoGate {
  try {
    return mongoGate({ uri, database });
  } catch (error) {
    // The driver's words may quote the string, which holds a password.
    if (!(error instanceof Error) || error.name === 'Error') throw error;
    throw new DomainError(
      'infrastructure',
      'mongodb.uri is no connection string: it has the form mongodb://USER:PASSWORD@HOST:PORT/?OPTIONS',
    );
  }
}

export const hello = ({ call }: MongoGate): Promise<Document> =>
  call((db) => db.admin().command({ hello: 1 }));

/** Rejects with a sentence for the operator. */
export async function greeted(gate: MongoGate, withinMs: number): Promise<Document> {
  try {
    return await insisting(withinMs, () => hello(gate));
  } catch (error) {
    throw isUnavailable(error) ? silent(gate, withinMs, error) : error;
  }
}

const silent = (gate: MongoGate, withinMs: number, cause: unknown): DomainError =>
  new DomainError(
    'infrastructure',
    `The MongoDB server (${gate.hosts()}) has no primary that answers within ${withinMs / 1_000} s`,
    { cause, ...(isDomainError(cause) && cause.detail !== undefined && { detail: cause.detail }) },
  );

/** Neither a member of a replica set nor a router of a cluster. */
export const isAlone = ({ setName, msg }: Document): boolean => setName === undefined && msg !== 'isdbgrid';

/** By how much the server's clock is ahead of this machine's. */
export async function clockAheadMs(gate: MongoGate): Promise<number> {
  const asked = Date.now();
  const { localTime } = await hello(gate);
  const answered = Date.now();
  if (!(localTime instanceof Date)) throw new Error('the MongoDB server does not tell its time');
  return localTime.getTime() - (asked + answered) / 2;
}
