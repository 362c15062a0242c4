// What admins have set for single users, read on nearly every request and felt within half a second of a change.
import { userLimitsCollection } from '#src/domain/account-collections.ts';
import type { EndpointRule, UserLimits } from '#src/domain/request-limits.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents } from '#src/ports/documents.ts';
import { shortLived } from './short-lived.ts';
import type { Soon } from './soon.ts';

export interface UserLimitsBody {
  bypass: boolean;
  multiplier: number;
  rules: EndpointRule[];
  notes: string | null;
  createdAt: number;
  updatedAt: number;
}

/** Null for a user without limits of their own. */
export type LimitsOf = (userId: string) => Soon<UserLimits | null>;

export function createLimitsOf(documents: Documents, clock: Clock): LimitsOf {
  const collection = documents.collection<UserLimitsBody>(userLimitsCollection);
  const known = shortLived<UserLimits | null>(clock);
  const look = async (userId: string) => (await collection.get(userId))?.body ?? null;
  return (userId) => known.get(userId, look);
}
