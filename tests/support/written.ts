// What a database's write-ahead log says of its commits, counted from outside, without a switch in the product.
import { Database } from 'bun:sqlite';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Commits in the log since it last began anew, and the salt that tells whether it did meanwhile. */
export async function commitsIn(path: string): Promise<{ salt: string; commits: number }> {
  const log = await readFile(`${path}-wal`);
  const [header, frameHeader] = [32, 24];
  const pageBytes = log.readUInt32BE(8);
  const salt = log.subarray(16, 24).toString('hex');
  let commits = 0;
  for (let at = header; at + frameHeader + pageBytes <= log.length; at += frameHeader + pageBytes) {
    // Frames of an earlier round lie behind the present ones.
    if (log.subarray(at + 8, at + 16).toString('hex') !== salt) break;
    // Only the last frame of a commit tells how large the database is.
    if (log.readUInt32BE(at + 4) !== 0) commits += 1;
  }
  return { salt, commits };
}

/** How many slots are taken by runs. */
export function slotsHeld(path: string): number {
  const database = new Database(path, { readonly: true });
  try {
    const held = database.query<{ count: number }, []>(
      "SELECT count(*) AS count FROM record_uniques WHERE value LIKE 'slot:%'",
    );
    return held.get()?.count ?? 0;
  } finally {
    database.close();
  }
}

/** One digest for each table's rows. */
export function digestsOf(path: string): Record<string, string> {
  const database = new Database(path, { readonly: true });
  try {
    const tables = database
      .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all();
    return Object.fromEntries(
      tables.map(({ name }) => {
        const digest = createHash('sha256');
        for (const row of database.query(`SELECT * FROM "${name}"`).values())
          digest.update(JSON.stringify(row));
        return [name, digest.digest('hex')];
      }),
    );
  } finally {
    database.close();
  }
}
