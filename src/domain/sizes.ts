// How much one message, one record and one document may take, as JSON in UTF-8. Every engine holds to them, also one that
// could bear more: what one engine keeps, each of them keeps.
import { DomainError, isDomainError } from './errors.ts';
import type { DomainEvent } from './events.ts';
import type { Json } from './json.ts';
import type { SagaRecord } from './saga-record.ts';

const kib = 1_024;
/** Of a message's payload. */
export const messageBytesMax = 256 * kib;
/** Its letter holds a message twice: as what it remembers, and as how it began. */
export const letterMessageBytesMax = 192 * kib;
export const recordBytesMax = 512 * kib;
export const documentBytesMax = 12 * kib ** 2;

/** @throws oversized: no repetition would mend it */
export function checkMessage({ id, type, payload }: DomainEvent): void {
  const bytes = bytesOf(JSON.stringify(payload), messageBytesMax);
  if (bytes > messageBytesMax) throw oversized(`the message ${type} ${id}`, bytes, messageBytesMax);
}

/**
 * Also what the record is about to say: a row that no bus carries would hold up all that come after it.
 * @param text the whole record as JSON
 * @throws oversized
 */
export function checkRecord({ machine, id, outbox, sentThrough }: SagaRecord, text: string): void {
  const name = `the record ${machine} ${id}`;
  const bytes = bytesOf(text, recordBytesMax);
  if (bytes > recordBytesMax) throw oversized(name, bytes, recordBytesMax);
  // No row of it is larger than the whole.
  if (bytesOf(text, messageBytesMax) <= messageBytesMax) return;
  for (const { n, payload, type } of outbox) {
    const rowBytes = n > sentThrough ? bytesOf(JSON.stringify(payload), messageBytesMax) : 0;
    if (rowBytes > messageBytesMax) throw oversized(`${type} of ${name}`, rowBytes, messageBytesMax);
  }
}

/**
 * @param text its body as JSON
 * @throws oversized
 */
export function checkDocument(collection: string, id: string, text: string): void {
  const bytes = bytesOf(text, documentBytesMax);
  if (bytes > documentBytesMax)
    throw oversized(`the document ${id} in ${collection}`, bytes, documentBytesMax);
}

/** Nobody's request is to blame: what people send has limits of its own, far below these. */
export const oversized = (what: string, bytes: number, bytesMax: number): DomainError =>
  new DomainError('oversized', 'This takes more room than the platform has for one entry', {
    detail: `${what} has ${bytes} bytes, and may have ${bytesMax}`,
  });

export const isOversized = (error: unknown): boolean => isDomainError(error) && error.kind === 'oversized';

/** Whether a dead letter can hold this message. */
export const fitsLetter = (message: Json | DomainEvent): boolean =>
  bytesOf(JSON.stringify(message), letterMessageBytesMax) <= letterMessageBytesMax;

/** The beginning of the text that takes so many bytes as JSON, at most; no character is cut in two. */
export function beginning(text: string, bytesMax: number): string {
  if (bytesOf(JSON.stringify(text), bytesMax) <= bytesMax) return text;
  let bytes = 2;
  let kept = '';
  for (const character of text) {
    bytes += utf8.encode(JSON.stringify(character)).length - 2;
    if (bytes > bytesMax) break;
    kept += character;
  }
  return kept;
}

const utf8 = new TextEncoder();

/** Encoded only where it may matter: a character of a text takes three bytes at most. */
const bytesOf = (json: string, bytesMax: number): number =>
  json.length * 3 <= bytesMax ? json.length : utf8.encode(json).length;
