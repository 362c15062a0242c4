// The reference: rows of a given size through the embedded writer alone, each awaited as the core awaits its commits.
// Nothing is read, parsed or indexed: what is slower than this is ours.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { openConnection } from '#src/adapters/embedded/database.ts';
import { openWriter } from '#src/adapters/embedded/writer.ts';

export interface BareCommits {
  /** `writes` commits one after the other, of so many bytes each. */
  chain(writes: number, bytes: number): Promise<void>;
  close(): Promise<void>;
}

export async function bareCommits(dataDir: string): Promise<BareCommits> {
  const path = join(dataDir, 'bare.db');
  const connection = openConnection(path);
  connection.script('CREATE TABLE bare (row INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT');
  const log = await open(`${path}-wal`, 'r+');
  const writer = openWriter(connection, () => log.datasync());
  return {
    async chain(writes, bytes) {
      const body = 'x'.repeat(bytes);
      for (let number = 0; number < writes; number += 1) {
        await writer.write((write) => write.run('INSERT INTO bare (body) VALUES (?1)', [body]));
      }
    },
    async close() {
      await writer.close();
      await log.close();
      connection.close();
    },
  };
}
