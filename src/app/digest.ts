// SHA-256 in hexadecimal: what is stored in place of a secret, or of a text that must not be readable.
import { createHash, timingSafeEqual } from 'node:crypto';

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Takes as long for texts that differ early as for those that differ late. */
export function sameText(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
