// Idempotency keys. A key is a unique value of the record that it made, so that acceptance and key are one commit: a key
// whose request failed was never taken, and one whose request is still under way is.
//
// A key holds for a day and is free again after it. So the unique value names the day of its use, and takes the day before
// with it where that is free: whoever comes within a day of the first meets it on one of the two, also when both come at
// the turn of the day at once.
import { DomainError, invalid } from '#src/domain/errors.ts';
import type { Json } from '#src/domain/json.ts';
import type { Fields, SagaRecord } from '#src/domain/saga-record.ts';
import type { Records } from '#src/ports/records.ts';
import { digestOf } from '../digest.ts';

export const keyHoldsMs = 24 * 60 * 60 * 1_000;

export interface RequestKey {
  userId: string;
  key: string;
  /** Of the request as it was sent; another digest under the same key is another request. */
  digest: string;
}

/** @param request what another request under the same key may not differ in @throws validation for a key of another form */
export function requestKey(userId: string, key: string, request: Json): RequestKey {
  return { userId, key: checkedKey(key), digest: digestOf(JSON.stringify(request)) };
}

export function checkedKey(key: string): string {
  if (/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(key)) return key;
  throw invalid('Must have from 1 to 255 visible ASCII characters', ['header', 'Idempotency-Key']);
}

/** The values that a record takes with its key, the one of today last. */
export function keyUniques({ userId, key }: RequestKey, now: number): [string, string] {
  const day = Math.floor(now / keyHoldsMs);
  const name = `key:${userId}:${encodeURIComponent(key)}`;
  return [`${name}:${day - 1}`, `${name}:${day}`];
}

export const keyFields = ({ digest }: RequestKey, now: number): Fields => ({
  keyDigest: digest,
  keyUntil: now + keyHoldsMs,
});

export type KeyState = { kind: 'free' } | { kind: 'used'; record: SagaRecord };

/** Who holds this value and still counts. @throws conflict for another request under the same key */
export async function keyState(
  records: Records,
  unique: string,
  { digest }: RequestKey,
  now: number,
): Promise<KeyState> {
  const holder = await records.holder(unique);
  const record = holder === null ? null : await records.load(holder.machine, holder.id);
  if (record === null) return { kind: 'free' };
  const until = record.fields.keyUntil;
  if (typeof until !== 'number' || until <= now) return { kind: 'free' };
  if (record.fields.keyDigest !== digest)
    throw new DomainError('conflict', 'This idempotency key was used for another request');
  return { kind: 'used', record };
}
