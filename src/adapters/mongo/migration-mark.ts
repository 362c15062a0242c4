// A document that tells of a migration into this database: nobody serves what holds only a part of it. It stays afterwards, as
// the proof of what was carried here.
import type { Db } from 'mongodb';
import { DomainError } from '#src/domain/errors.ts';
import { isDuplicate } from './failures.ts';

export interface MigrationMark {
  _id: string;
  /** What is carried here, by its digest. */
  source: string;
  begunAt: number;
  /** Absent until everything was compared. */
  finishedAt?: number;
}

const only = { _id: 'migration' };
const collection = 'migration';
const markOf = (db: Db) => db.collection<MigrationMark>(collection);

export const readMark = (db: Db): Promise<MigrationMark | null> => markOf(db).findOne(only);

export const isUnfinished = (mark: MigrationMark | null): boolean =>
  mark !== null && mark.finishedAt === undefined;

/** @throws conflict with a sentence for the operator */
export async function assertNoneUnfinished(db: Db): Promise<void> {
  if (isUnfinished(await readMark(db)))
    throw new DomainError(
      'conflict',
      'The MongoDB database holds only a part of what is migrated into it: run "greenroom migrate" again to its end',
      { detail: db.databaseName },
    );
}

/**
 * Marks an empty database, or goes on where the same source was being carried before. It may be repeated.
 * @throws conflict with a sentence for the operator, and changes nothing
 */
export async function beginMigration(db: Db, source: string, at: number): Promise<'begun' | 'resumed'> {
  const mark = await fillable(db);
  if (mark === null) {
    await markOf(db)
      .insertOne({ ...only, source, begunAt: at })
      .catch(unlessThere);
    return 'begun';
  }
  if (mark.source !== source) {
    const words =
      'What was begun in the MongoDB database was something else, or the data folder was served meanwhile; drop it, and begin again';
    throw refused(words, db, `begun ${isoTime(mark.begunAt)}`);
  }
  return 'resumed';
}

/**
 * The mark of what was begun, or null in an empty database.
 * @throws conflict with a sentence for the operator
 */
export async function fillable(db: Db): Promise<MigrationMark | null> {
  const mark = await readMark(db);
  if (mark?.finishedAt !== undefined)
    throw refused('Into the MongoDB database a migration was made already', db, isoTime(mark.finishedAt));
  const filled = mark === null ? await filledCollection(db) : null;
  if (filled !== null)
    throw refused('The MongoDB database is not empty; name another, or drop it', db, `it has ${filled}`);
  return mark;
}

export async function finishMigration(db: Db, at: number): Promise<void> {
  await markOf(db).updateOne(only, { $set: { finishedAt: at } });
}

/** The name of one that holds anything, or null. */
async function filledCollection(db: Db): Promise<string | null> {
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    if (name.startsWith('system.')) continue;
    if ((await db.collection(name).findOne({}, { projection: { _id: 1 } })) !== null) return name;
  }
  return null;
}

function unlessThere(error: unknown): void {
  if (!isDuplicate(error)) throw error;
}

const refused = (message: string, { databaseName }: Db, detail: string): DomainError =>
  new DomainError('conflict', message, { detail: `${databaseName}: ${detail}` });

const isoTime = (at: number): string => new Date(at).toISOString();
