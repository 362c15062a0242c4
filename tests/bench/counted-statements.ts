// Counts what the embedded engines ask of SQLite, below everything of ours: to be begun before the engines are opened.
import { Database } from 'bun:sqlite';

export interface Statements {
  /** Statements, those of transactions left out. */
  all: number;
  /** Those that change something. */
  writes: number;
  commits: number;
  /** Of texts and blobs that were bound by those that write. */
  bytesWritten: number;
  bySql: Map<string, number>;
}

export interface Counting {
  /** What was counted since the last call. */
  take(): Statements;
  end(): void;
}

type Ask = (...values: unknown[]) => unknown;

export function countStatements(): Counting {
  const { prepare, run } = Database.prototype;
  let counted = none();

  function count(sql: string, values: readonly unknown[]): void {
    counted.all += 1;
    counted.bySql.set(sql, (counted.bySql.get(sql) ?? 0) + 1);
    if (!/^\s*(?:insert|update|delete)/i.test(sql)) return;
    counted.writes += 1;
    for (const value of values) if (typeof value === 'string') counted.bytesWritten += value.length;
  }

  Database.prototype.run = function counting(this: Database, sql: string, ...values) {
    if (sql === 'COMMIT') counted.commits += 1;
    return run.call(this, sql, ...values);
  } as typeof run;
  Database.prototype.prepare = function counting(this: Database, sql: string, ...more) {
    const statement = prepare.call(this, sql, ...more);
    for (const name of ['all', 'get', 'run'] as const) {
      const ask = statement[name].bind(statement) as Ask;
      const asking: Ask = (...values) => {
        count(sql, values);
        return ask(...values);
      };
      Object.defineProperty(statement, name, { value: asking });
    }
    return statement;
  } as typeof prepare;

  return {
    take() {
      const taken = counted;
      counted = none();
      return taken;
    },
    end() {
      Database.prototype.run = run;
      Database.prototype.prepare = prepare;
    },
  };
}

const none = (): Statements => ({ all: 0, writes: 0, commits: 0, bytesWritten: 0, bySql: new Map() });
