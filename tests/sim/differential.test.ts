// The same seeds in memory and on the embedded engines: with equal answers the whole run is the same, step by step, and so is
// all that is stored in the end. The embedded bus delivers in another order, so it is judged by the laws, and by how each run
// ends where nothing fails.
import { describe, expect, test } from 'bun:test';
import { sampleRecord } from '#tests/contract/sample-record.ts';
import { simulate } from './simulate.ts';
import { endsIn } from './stores/contents.ts';
import { inLockstep } from './stores/lockstep.ts';
import { memoryStores } from './stores/memory.ts';
import { sqliteStores } from './stores/sqlite.ts';
import type { Stores } from './stores/stores.ts';

const seeds = Array.from({ length: 12 }, (_, index) => index + 1);
const now = (): number => 0;

describe('in memory and on SQLite', () => {
  test.each(seeds.map((seed) => [seed] as const))('seed %d runs and ends the same', (seed) => {
    const memory = simulate(seed, { wordy: false, contents: true });
    const sqlite = simulate(seed, { wordy: false, contents: true, store: 'sqlite' });
    expect(sqlite.violation).toBeNull();
    expect(sqlite.contents?.records.length).toBeGreaterThan(0);
    expect([sqlite.hash, sqlite.steps]).toEqual([memory.hash, memory.steps]);
    expect(sqlite.counts).toEqual(memory.counts);
    expect(sqlite.contents).toEqual(memory.contents);
  });

  test('each single answer is the same', () => {
    expect(simulate(1, { wordy: false, store: 'both' }).violation).toBeNull();
  });

  test('a record that nobody understands is the same one', () => {
    const memory = simulate(1, { wordy: false, corrupt: true, contents: true });
    const sqlite = simulate(1, { wordy: false, corrupt: true, contents: true, store: 'sqlite' });
    expect(memory.counts.quarantined).toBeGreaterThan(0);
    expect(sqlite.hash).toBe(memory.hash);
    expect(sqlite.contents).toEqual(memory.contents);
  });
});

describe('the embedded profile, its bus included', () => {
  test.each(seeds.map((seed) => [seed] as const))('holds in seed %d, and is the same twice', (seed) => {
    const first = simulate(seed, { wordy: false, store: 'embedded' });
    const second = simulate(seed, { wordy: false, store: 'embedded' });
    expect(first.violation).toBeNull();
    expect(first.counts['embedded bus opened']).toBeGreaterThan(0);
    expect([second.hash, second.steps]).toEqual([first.hash, first.steps]);
  });

  test.each(seeds.map((seed) => [seed] as const))(
    'ends as in memory in seed %d, if nothing fails',
    (seed) => {
      const calm = { wordy: false, calm: true, upgrade: false, contents: true };
      const { contents: memory } = simulate(seed, calm);
      const { contents: embedded } = simulate(seed, { ...calm, store: 'embedded' });
      if (memory === null || embedded === null) throw new Error('contents were asked for');
      expect(embedded.records.length).toBeGreaterThan(0);
      expect(endsIn(embedded)).toEqual(endsIn(memory));
    },
  );
});

describe('in lockstep', () => {
  const first = (): Stores => memoryStores(now);

  test('equal answers pass, cursors of their own included', () => {
    const { records } = inLockstep(first(), sqliteStores(now));
    for (const id of ['a', 'b', 'c']) records.insert(sampleRecord(id));
    const page = records.find('execution', { limit: 2 });
    const after = page.next ?? '';
    expect(records.find('execution', { limit: 2, after }).rows.map(({ id }) => id)).toEqual(['c']);
  });

  test('an answer that differs is told, with what was asked', () => {
    const second = sqliteStores(now);
    const forgetful: Stores = { ...second, records: { ...second.records, load: () => null } };
    const { records } = inLockstep(first(), forgetful);
    records.insert(sampleRecord('a'));
    expect(() => records.load('execution', 'a')).toThrow(/records\.load\(\[ "execution", "a" \]\) answers/);
  });

  test('a refusal that differs is told', () => {
    const second = sqliteStores(now);
    const lax: Stores = { ...second, records: { ...second.records, count: () => 0 } };
    expect(() => inLockstep(first(), lax).records.count('execution', { 'not a field': 1 })).toThrow(
      /records\.count.* answers/s,
    );
  });
});
