// Branded ids: an id of one kind cannot be passed where another is meant.

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type ExecutionId = Branded<'ExecutionId'>;
export type UserId = Branded<'UserId'>;

/** Marks a text from a trusted source (the ids port, a stored record, a validated path) as an execution's id. */
export const executionId = (text: string): ExecutionId => text as ExecutionId;
export const userId = (text: string): UserId => text as UserId;

/** One attempt of one execution; names placements, chunks and derived messages. Example: `4b1…:1`. */
export type AttemptKey = Branded<'AttemptKey'>;

export const attemptKey = (execution: string, attempt: number): AttemptKey =>
  `${execution}:${attempt}` as AttemptKey;

/** The parts of an attempt's key, or null for a text that is none. */
export function splitAttemptKey(key: string): { execution: ExecutionId; attempt: number } | null {
  const at = key.lastIndexOf(':');
  const attempt = Number(key.slice(at + 1));
  if (at < 1 || !Number.isInteger(attempt) || attempt < 1) return null;
  return { execution: executionId(key.slice(0, at)), attempt };
}

/** The id of what was sent again, as it was before the suffix that tells it apart. */
export const withoutSuffix = (id: string, suffix: string): string =>
  id.endsWith(suffix) ? id.slice(0, -suffix.length) : id;
