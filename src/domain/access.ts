// Who may do what with whose things: the only place where roles are weighed.
import { accessDenied } from './errors.ts';

export const userRoles = ['user', 'admin', 'moderator'] as const;
export type UserRole = (typeof userRoles)[number];

/** Whoever is logged in, as use cases see them. */
export interface Caller {
  userId: string;
  role: UserRole;
}

/** One's own; a moderator and an administrator read everybody's. */
export function assertMayRead(caller: Caller, ownerId: string): void {
  if (caller.userId !== ownerId && caller.role === 'user') throw accessDenied();
}

/** One's own; an administrator controls everybody's. */
export function assertMayControl(caller: Caller, ownerId: string): void {
  if (caller.userId !== ownerId && caller.role !== 'admin') throw accessDenied();
}
