// The indexed fields of a removal's record, and the values that it holds while it is under way.
import { adminLeaving, userLeaving } from '#src/domain/account-removal.ts';
import type { Fields, Snapshot } from '#src/domain/saga-record.ts';
import { contextOf } from './snapshot.ts';

export function fields(snapshot: Snapshot): Fields {
  const { userId, requestedAt, left } = contextOf(snapshot);
  return { userId, requestedAt, left };
}

export function uniques({ status, context }: Snapshot): string[] {
  if (status === 'done') return [];
  const { userId, isAdmin, closed } = contextOf({ value: '', status, context });
  return [userLeaving(userId), ...(isAdmin && !closed ? [adminLeaving] : [])];
}
