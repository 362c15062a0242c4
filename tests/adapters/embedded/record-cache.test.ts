// What is remembered of records is what a new process would read: also of those written several times in one commit.
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { recordCache } from '#src/adapters/embedded/record-cache.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Records } from '#src/ports/records.ts';
import { nextVersion, sampleMachine, sampleRecord, sampleRow } from '#tests/contract/sample-record.ts';
import { createRandom } from '#tests/sim/random.ts';
import { withEngines } from './opened.ts';

const ids = ['a', 'b', 'c'];

/** Begins several writes at once, so that they share a commit, and waits for all. No version is committed twice. */
async function oneBatch(records: Records, next: (below: number) => number): Promise<void> {
  const loaded = await Promise.all(ids.map((id) => records.load(sampleMachine, id)));
  const committed: string[] = [];
  const writes = Array.from({ length: 1 + next(5) }, async () => {
    const which = next(ids.length);
    const id = ids[which] ?? 'a';
    const record = loaded[which] ?? sampleRecord(id, { outbox: [sampleRow(1, 1_000), sampleRow(2, 2_000)] });
    const choice = next(6);
    if (choice === 0) await records.remove(sampleMachine, id);
    else if (choice === 1) await records.insert(record);
    else if (choice === 2) await records.mark(sampleMachine, id, next(6));
    else if ((await records.commit(changed(record, next))).kind === 'committed') committed.push(id);
  });
  await Promise.all(writes);
  expect(new Set(committed).size).toBe(committed.length);
}

/** What lies in the file, read behind the engine's back. */
const storedIn = (file: Database) =>
  ids.map((id) => {
    const sql = 'SELECT body, sent_through FROM records JOIN record_bodies USING (row) WHERE id = ?1';
    const row = file.query<{ body: string; sent_through: number }, [string]>(sql).get(id);
    return row === null ? null : { ...JSON.parse(row.body), sentThrough: row.sent_through };
  });

/** Sometimes of a version that another has taken, or with a value that another holds. */
function changed(record: SagaRecord, next: (below: number) => number): SagaRecord {
  const n = record.nextRow;
  const outbox = [...record.outbox.filter((row) => row.n > record.sentThrough), sampleRow(n, n * 1_000)];
  const uniques = next(3) === 0 ? [`slot:${next(2)}`] : record.uniques;
  const deletedAt = next(8) === 0 ? 9_000 : null;
  const sentThrough = next(4) === 0 ? n - 1 : record.sentThrough;
  return nextVersion(record, { outbox, nextRow: n + 1, uniques, deletedAt, sentThrough });
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(
    `after many shared commits, what is remembered is what is stored (seed ${seed})`,
    withEngines(async ({ engines: { records }, dataDir }) => {
      const random = createRandom(seed);
      const file = new Database(join(dataDir, 'greenroom.db'), { readonly: true });
      for (let batch = 0; batch < 80; batch += 1) {
        await oneBatch(records, random.below);
        const remembered = await Promise.all(ids.map((id) => records.load(sampleMachine, id)));
        expect<unknown>(remembered).toEqual(storedIn(file));
        const unsent = remembered.filter((one) => one?.outbox.some(({ n }) => n > one.sentThrough));
        expect((await records.unsent(999_000, 10)).map(({ id }) => id).sort()).toEqual(
          unsent.map((one) => one?.id ?? ''),
        );
      }
      file.close();
    }),
  );
}

test('what is remembered has an end, and the least recently used goes first', () => {
  const cache = recordCache();
  const put = (id: string): void =>
    cache.put({
      record: sampleRecord(id),
      stored: {
        row: 1,
        version: 1,
        uniques: '[]',
        sent_through: 0,
        last_row: 0,
        state: '',
        user_id: null,
        held_count: null,
        created_at: 1,
        next_deadline: null,
        deleted_at: null,
        unsent_since: null,
      },
      size: 800_000,
    });
  put('first');
  put('second');
  expect(cache.get({ machine: sampleMachine, id: 'first' })?.record.id).toBe('first');
  put('third');
  expect(cache.get({ machine: sampleMachine, id: 'second' })).toBeNull();
  expect(cache.get({ machine: sampleMachine, id: 'first' })).not.toBeNull();
  expect(cache.get({ machine: sampleMachine, id: 'third' })).not.toBeNull();
});
