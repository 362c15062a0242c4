// What the connection does to a statement before the driver sees it changes no answer.
import { afterAll, describe, expect, test } from 'bun:test';
import { openConnection, plannedOnce, type SqlValue } from '#src/adapters/embedded/database.ts';

describe('a statement', () => {
  const connection = openConnection(':memory:');
  connection.script(
    "CREATE TABLE things (text TEXT, number INTEGER, any, PRIMARY KEY (text, number)); INSERT INTO things VALUES ('1', 1, x'31')",
  );
  afterAll(() => connection.close());

  test('hides each of its values from the planner', () => {
    expect(plannedOnce('SELECT ?1 WHERE a = ?12 LIMIT ?2')).toBe('SELECT +?1 WHERE a = +?12 LIMIT +?2');
  });

  test('has values of the kind that they were given as', () => {
    const values: SqlValue[] = ['1', 1, 1.5, null, new Uint8Array([49])];
    const kinds = connection.get(
      'SELECT typeof(?1) a, typeof(?2) b, typeof(?3) c, typeof(?4) d, typeof(?5) e',
      values,
    );
    expect(kinds).toEqual({ a: 'text', b: 'integer', c: 'real', d: 'null', e: 'blob' });
  });

  test('compares them as their columns say, and not at all where a column says nothing', () => {
    const found = (where: string, value: SqlValue) =>
      connection.all(`SELECT 1 FROM things WHERE ${where} ORDER BY number`, [value]).length;
    expect([found('text = ?1', 1), found('number = ?1', '1')]).toEqual([1, 1]);
    expect([found('any = ?1', '1'), found('any = ?1', 1), found('any = ?1', new Uint8Array([49]))]).toEqual([
      0, 0, 1,
    ]);
  });

  test('is prepared anew once a thousand others were asked', () => {
    const ask = (number: number) => connection.get(`SELECT ${number} AS number`);
    for (let number = 0; number < 1_000; number += 1) ask(number);
    expect([ask(0), ask(999)]).toEqual([{ number: 0 }, { number: 999 }]);
  });

  test('finds its rows by the index that it would use for values in sight', () => {
    const planOf = (sql: string) =>
      connection.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ['1', 1, 2]);
    const plan = planOf('SELECT any FROM things WHERE text = ?1 AND number > ?2 ORDER BY number LIMIT ?3');
    expect(plan.map(({ detail }) => detail)).toEqual([
      'SEARCH things USING INDEX sqlite_autoindex_things_1 (text=? AND number>?)',
    ]);
  });
});
