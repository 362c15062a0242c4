// Who is asking, and what that lets them do. Pure rules; looks nothing up.

import { accessDenied } from './errors.ts';

export const userRoles = ['user', 'admin', 'moderator'] as const;
export type UserRole = (typeof userRoles)[number];

/** What an API token may be used for; a session may do all that its user may. */
export const tokenScopes = ['run', 'read'] as const;
export type TokenScope = (typeof tokenScopes)[number];

export interface Caller {
  userId: string;
  role: UserRole;
  /** Null when an API token speaks. */
  sessionId: string | null;
  scopes: readonly TokenScope[];
}

export const isAdmin = (caller: Caller): boolean => caller.role === 'admin';

/** Admins and moderators read what belongs to others. */
export const mayReadAll = (caller: Caller): boolean => caller.role !== 'user';

/** One's own; admins and moderators read everybody's. */
export function assertMayRead(caller: Caller, ownerId: string): void {
  if (caller.userId !== ownerId && !mayReadAll(caller)) throw accessDenied();
}

/** One's own; an admin controls everybody's. */
export function assertMayControl(caller: Caller, ownerId: string): void {
  if (caller.userId !== ownerId && !isAdmin(caller)) throw accessDenied();
}
