// The schema, as numbered steps that are never edited once released: a change is a new step. A database that knows more
// steps than this binary is refused, because an older binary could damage what it does not understand.
import { DomainError } from '#src/domain/errors.ts';
import type { Connection } from './database.ts';
import { type Step, schemaSteps } from './schema-steps.ts';

/** Brings the schema to the last of the steps; each is applied whole or not at all. */
export function migrate(connection: Connection, now: number, steps: readonly Step[] = schemaSteps): void {
  connection.script(
    'CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT',
  );
  const applied =
    connection.get<{ last: number | null }>('SELECT max(number) AS last FROM migrations')?.last ?? 0;
  const newest = steps.at(-1)?.number ?? 0;
  if (applied > newest) throw newer(applied, newest);
  for (const step of steps) {
    if (step.number > applied) apply(connection, step, now);
  }
}

function apply(connection: Connection, step: Step, now: number): void {
  connection.script('BEGIN IMMEDIATE');
  try {
    connection.script(step.sql);
    connection.run('INSERT INTO migrations (number, at) VALUES (?1, ?2)', [step.number, now]);
    connection.script('COMMIT');
  } catch (error) {
    if (connection.inTransaction()) connection.script('ROLLBACK');
    throw error;
  }
}

export const newer = (applied: number, newest: number): DomainError =>
  new DomainError(
    'invalid_state',
    'This database was written by a newer version of Greenroom; use that version, or an older backup',
    { detail: `schema step ${applied}, this version knows ${newest}` },
  );
