// The shapes of accounts, sessions and tokens in the interface.
import { t } from 'elysia';
import { tokenScopes, userRoles } from '#src/domain/access.ts';
import { nullable, oneOf } from '#src/domain/schema.ts';
import { moment, nullableMoment, strict, text } from './values.ts';

const role = oneOf(userRoles);
const email = t.String({ format: 'email', maxLength: 254 });
/** The upper bound is the rule's, which says so in words. */
const newPassword = text({ minLength: 8 });

export const loginForm = t.Object({
  grant_type: t.Optional(nullable(t.String({ pattern: '^password$' }))),
  username: t.String({ maxLength: 254 }),
  password: t.String(),
  scope: t.Optional(t.String()),
  client_id: t.Optional(nullable(t.String())),
  client_secret: t.Optional(nullable(t.String())),
});

export const loginResponse = t.Object({
  message: t.String(),
  username: t.String(),
  role,
  csrf_token: t.String(),
});

export const userCreate = t.Object({
  username: t.String(),
  email,
  role: t.Optional(role),
  is_active: t.Optional(t.Boolean()),
  password: newPassword,
});

export const userResponse = t.Object({
  username: t.String(),
  email: t.String(),
  role,
  is_active: t.Boolean(),
  user_id: t.String(),
  is_superuser: t.Boolean(),
  created_at: moment,
  updated_at: moment,
  bypass_rate_limit: nullable(t.Boolean()),
  global_multiplier: nullable(t.Number()),
  has_custom_limits: nullable(t.Boolean()),
});

export const setupState = t.Object({ needed: t.Boolean() });
export const setupRequest = t.Object(
  { token: t.String(), username: t.String(), email, password: newPassword },
  strict,
);

export const session = t.Object({
  session_id: t.String(),
  created_at: moment,
  last_seen_at: moment,
  expires_at: moment,
  ip_address: nullable(t.String()),
  user_agent: nullable(t.String()),
  current: t.Boolean(),
});
export const sessionList = t.Object({ sessions: t.Array(session) });
export const sessionParams = t.Object({ session_id: t.String() });

export const passwordChange = t.Object({ current_password: t.String(), new_password: newPassword }, strict);
export const leaveRequest = t.Object({ password: t.String() }, strict);

export const tokenRequest = t.Object(
  {
    name: text({ minLength: 1, maxLength: 100 }),
    scopes: t.Array(oneOf(tokenScopes), { minItems: 1, uniqueItems: true }),
    expires_at: t.Optional(nullable(moment)),
  },
  strict,
);
const tokenFields = {
  token_id: t.String(),
  name: t.String(),
  scopes: t.Array(oneOf(tokenScopes)),
  created_at: moment,
  expires_at: nullableMoment,
};
export const tokenList = t.Object({ tokens: t.Array(t.Object(tokenFields)) });
/** The only answer that ever holds the token itself. */
export const tokenCreated = t.Object({ ...tokenFields, token: t.String() });
export const tokenParams = t.Object({ token_id: t.String() });
