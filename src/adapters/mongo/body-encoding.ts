// JSON as the server can hold it, and back. Three things of JSON have no place there: keys with a dot, a zero or a dollar in
// front (they would be paths and operators), keys without a letter, and halves of letters, which UTF-8 does not know. Each is
// written as `%hex;`; a text that needs it lies in an object whose only key, `%`, no other key can become.
import type { Document } from 'mongodb';
import type { Json, JsonObject } from '#src/domain/json.ts';

export const encoded = (body: JsonObject): Document =>
  Object.fromEntries(Object.entries(body).map(([key, value]) => [encodedKey(key), encodedValue(value)]));

export function decoded(stored: Document): JsonObject {
  return Object.fromEntries(
    Object.entries(stored).map(([key, value]) => [decodedKey(key), decodedValue(value)]),
  );
}

const marker = '%';

function encodedValue(value: Json): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : { [marker]: escapedText(value) };
  if (Array.isArray(value)) return value.map(encodedValue);
  return value !== null && typeof value === 'object' ? encoded(value) : value;
}

/** What was read has the form that `encodedValue` gave it. */
function decodedValue(value: unknown): Json {
  if (Array.isArray(value)) return value.map(decodedValue);
  if (value === null || typeof value !== 'object') return value as Json;
  const text: unknown = Object.getOwnPropertyDescriptor(value, marker)?.value;
  return typeof text === 'string' ? unescapedText(text) : decoded(value);
}

const plainKey = /^[A-Za-z0-9_-]+$/;

const encodedKey = (key: string): string => {
  if (plainKey.test(key)) return key;
  return key === '' ? `${marker};` : escapedText(key);
};

const decodedKey = (key: string): string => {
  if (!key.includes(marker)) return key;
  return key === `${marker};` ? '' : unescapedText(key);
};

const escapedText = (text: string): string =>
  text.replace(/[%.\0]|^\$|\p{Surrogate}/gu, (sign) => `${marker}${sign.charCodeAt(0).toString(16)};`);

const unescapedText = (text: string): string =>
  text.replace(/%([0-9a-f]+);/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
