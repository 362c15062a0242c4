// Where a page ended: what its last row was sorted by, and that row's id. The same text from every store, so that a reader of pages
// need not know which one it speaks to.
import { invalid } from '#src/domain/errors.ts';
import type { Scalar } from './filter.ts';

export interface Cursor {
  value: Scalar;
  id: string;
}

/** @throws validation when the field that is sorted by holds something that has no place in an order */
export function writeCursor(value: unknown, id: unknown): string {
  if (!isScalar(value)) throw invalid('A field that holds lists or objects gives no order', ['sort']);
  return Buffer.from(JSON.stringify([value, id])).toString('base64url');
}

/** @throws validation for any other text */
export function readCursor(text: string): Cursor {
  const parsed = parsedJson(Buffer.from(text, 'base64url').toString());
  if (!Array.isArray(parsed) || parsed.length !== 2) throw notACursor();
  const [value, id]: unknown[] = parsed;
  if (typeof id !== 'string' || !isScalar(value)) throw notACursor();
  return { value, id };
}

const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notACursor(error);
  }
}

const notACursor = (cause?: unknown) =>
  Object.assign(invalid('Not a cursor of this list', ['after']), cause === undefined ? {} : { cause });
