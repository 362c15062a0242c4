// A copy of the database in one file that proves itself: a table of its own tells when it was made and by which version,
// and a digest of the whole file, so that one changed byte is found. Whatever is in the file is not trusted before that.
import { Database } from 'bun:sqlite';
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { asDomainError, type Connection, openReader } from './database.ts';
import { damaged, type Inspection, inspectDatabase } from './inspection.ts';

export interface BackupFacts {
  madeAt: number;
  /** The product's version. */
  version: string;
  /** Where it was asked for. */
  secretKey: string | null;
}

/** Writes the whole database, as it is at one moment, to a path where nothing is; beside a running server, too. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  // An empty file of our own, so that nobody else may read it from the first byte on.
  await (await open(to, 'wx', 0o600)).close();
  const connection = await openReader(from);
  try {
    connection.run('VACUUM INTO ?1', [to]);
  } finally {
    connection.close();
  }
  await synced(to);
}

/** Writes the facts and the digest into a copy, and syncs it. */
export async function sealBackup(path: string, { madeAt, version, secretKey }: BackupFacts): Promise<void> {
  const mark = `sha256:${crypto.randomUUID()}:`;
  const database = new Database(path, { readwrite: true, create: false });
  try {
    // No file beside the copy: what fails half-way is thrown away whole.
    database.run('PRAGMA journal_mode = MEMORY');
    database.run(
      'CREATE TABLE backup (made_at INTEGER NOT NULL, version TEXT NOT NULL, secret_key TEXT, digest TEXT NOT NULL) STRICT',
    );
    database.run('INSERT INTO backup VALUES (?1, ?2, ?3, ?4)', [madeAt, version, secretKey, mark + zeros]);
  } catch (error) {
    throw asDomainError(error);
  } finally {
    database.close();
  }
  const file = await open(path, 'r+');
  try {
    const offset = await find(file, Buffer.from(mark + zeros));
    if (offset === null) throw new Error('the digest’s place in a copy was not found');
    await file.write(await digest(file, null), offset + mark.length);
    await file.sync();
  } finally {
    await file.close();
  }
}

export interface OpenedBackup extends Inspection {
  /** Null for a plain database, which cannot prove its bytes. */
  facts: BackupFacts | null;
}

/** Rejects with a sentence for what is not whole, not ours, or newer. */
export async function inspectBackup(path: string): Promise<OpenedBackup> {
  const inspection = await inspectDatabase(path);
  const connection = await openReader(path);
  const row = readFacts(connection);
  if (row === null) return { ...inspection, facts: null };
  const { made_at: madeAt, version, secret_key: secretKey, digest: sealed } = row;
  const file = await open(path, 'r');
  try {
    const offset = await find(file, Buffer.from(sealed));
    if (offset === null) throw damaged(path);
    const place = offset + sealed.length - zeros.length;
    if ((await digest(file, place)) !== sealed.slice(-zeros.length)) throw damaged(path);
  } finally {
    await file.close();
  }
  return { ...inspection, facts: { madeAt, version, secretKey } };
}

/** Takes away what makes a database a backup. */
export function unsealBackup(path: string): void {
  const database = new Database(path, { readwrite: true, create: false });
  try {
    database.run('PRAGMA secure_delete = ON');
    database.run('DROP TABLE IF EXISTS backup');
  } catch (error) {
    throw asDomainError(error);
  } finally {
    database.close();
  }
}

const zeros = '0'.repeat(64);

interface FactsRow {
  made_at: number;
  version: string;
  secret_key: string | null;
  digest: string;
}

function readFacts(connection: Connection): FactsRow | null {
  try {
    const table = connection.get(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'backup'`);
    return table === null
      ? null
      : connection.get<FactsRow>('SELECT made_at, version, secret_key, digest FROM backup');
  } finally {
    connection.close();
  }
}

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.sync().finally(() => file.close());
}

const chunkBytes = 1_048_576;

async function* chunks(file: FileHandle): AsyncIterable<{ at: number; bytes: Buffer }> {
  const buffer = Buffer.alloc(chunkBytes);
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, at);
    if (bytesRead === 0) return;
    yield { at, bytes: buffer.subarray(0, bytesRead) };
    at += bytesRead;
  }
}

async function find(file: FileHandle, wanted: Buffer): Promise<number | null> {
  let before = Buffer.alloc(0);
  for await (const { at, bytes } of chunks(file)) {
    const window = Buffer.concat([before, bytes]);
    const index = window.indexOf(wanted);
    if (index >= 0) return at - before.length + index;
    before = Buffer.from(window.subarray(Math.max(0, window.length - wanted.length + 1)));
  }
  return null;
}

/** Of the whole file, with zeros for the digest itself. */
async function digest(file: FileHandle, place: number | null): Promise<string> {
  const hash = createHash('sha256');
  for await (const { at, bytes } of chunks(file)) {
    if (place !== null) {
      const from = Math.max(0, place - at);
      const to = Math.min(bytes.length, place + zeros.length - at);
      if (from < to) bytes.fill('0', from, to);
    }
    hash.update(bytes);
  }
  return hash.digest('hex');
}
