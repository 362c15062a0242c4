// Accounts as the interface shows them.

import type { Session } from '#src/app/sessions.ts';
import type { ApiToken } from '#src/app/tokens.ts';
import type { User } from '#src/domain/accounts.ts';
import type { UserLimits } from '#src/domain/request-limits.ts';

export const isoTime = (at: number): string => new Date(at).toISOString();

export const userView = (user: User, limits: UserLimits | null) => ({
  username: user.username,
  email: user.email,
  role: user.role,
  is_active: user.active,
  user_id: user.id,
  is_superuser: user.role === 'admin',
  created_at: isoTime(user.createdAt),
  updated_at: isoTime(user.updatedAt),
  bypass_rate_limit: limits?.bypass ?? null,
  global_multiplier: limits?.multiplier ?? null,
  has_custom_limits: limits === null ? null : limits.rules.length > 0,
});

export const sessionView = (session: Session, currentId: string) => ({
  session_id: session.id,
  created_at: isoTime(session.createdAt),
  last_seen_at: isoTime(session.seenAt),
  expires_at: isoTime(session.expiresAt),
  ip_address: session.address,
  user_agent: session.agent,
  current: session.id === currentId,
});

export const tokenView = (token: ApiToken) => ({
  token_id: token.id,
  name: token.name,
  scopes: token.scopes,
  created_at: isoTime(token.createdAt),
  expires_at: token.expiresAt === null ? null : isoTime(token.expiresAt),
});
