// What an operator wants to know of the server before the start. Nothing is made in the database.
import type { Document } from 'mongodb';
import { isDomainError } from '#src/domain/errors.ts';
import type { MongoGate } from './gate.ts';
import { clockAheadMs, gateTo, greeted, isAlone } from './greeting.ts';
import { isUnfinished, readMark } from './migration-mark.ts';

export interface MongoFacts {
  hosts: string;
  version: string;
  /** It is neither a member of a replica set nor a router of a cluster. */
  alone: boolean;
  takesWrites: boolean;
  /** Members that hold data, as the server tells them; null for one that stands alone, or a router. */
  members: number | null;
  /** Whether what it stores is on a disk; null where this user may not ask. */
  persistent: boolean | null;
  /** Only a part of another store was carried here. */
  migrationUnfinished: boolean;
  clockAheadMs: number;
}

const answerWithinMs = 5_000;

/** Rejects with a sentence for the operator: no primary, a wrong password, a server that is too old. */
export async function examineMongo(options: { uri: string; database: string }): Promise<MongoFacts> {
  const gate = gateTo(options);
  try {
    const greeting = await greeted(gate, answerWithinMs);
    const { version } = await gate.call((db) => db.admin().command({ buildInfo: 1 }));
    const hosts: unknown = greeting.hosts;
    return {
      hosts: gate.hosts(),
      version: String(version),
      alone: isAlone(greeting),
      takesWrites: greeting.isWritablePrimary === true,
      members: Array.isArray(hosts) ? hosts.length : null,
      persistent: await isPersistent(gate),
      migrationUnfinished: isUnfinished(await gate.call(readMark)),
      clockAheadMs: await clockAheadMs(gate),
    };
  } finally {
    await gate.close();
  }
}

async function isPersistent(gate: MongoGate): Promise<boolean | null> {
  try {
    const status: Document = await gate.call((db) => db.admin().command({ serverStatus: 1 }));
    const persistent: unknown = status.storageEngine?.persistent;
    return typeof persistent === 'boolean' ? persistent : null;
  } catch (error) {
    // A right that nobody needs for anything else.
    if (isDomainError(error)) return null;
    throw error;
  }
}
