// Logging in and out, and registering.
import { Elysia } from 'elysia';
import { DomainError } from '#src/domain/errors.ts';
import { userView } from '../account-views.ts';
import type { RouteModule } from '../context.ts';
import { loginForm, loginResponse, userCreate, userResponse } from '../contract/accounts.ts';
import { errors, messageResponse } from '../contract/answers.ts';
import { anyone, requireUser } from '../plugins/auth.ts';
import { endedCookies } from '../plugins/cookies.ts';
import { cookiesOf } from '../plugins/identity.ts';
import { originOf } from '../plugins/origin.ts';

export const authRoutes: RouteModule = (context) => {
  const { services, deps } = context;
  const { accounts, sessions, sessionTokens, limitsOf, setup } = services;
  const open = new Elysia({ prefix: '/auth', tags: ['accounts'] })
    .use(anyone(context))
    .post(
      '/login',
      async ({ request, body, set }) => {
        const state = context.stateOf(request);
        const { user, session } = await accounts.login(
          body.username,
          body.password,
          originOf(state, request),
        );
        set.headers['set-cookie'] = await cookiesOf(sessionTokens, session, deps.ports.clock, state.secure);
        const { username, role } = user;
        return { message: 'Login successful', username, role, csrf_token: sessionTokens.csrfFor(session.id) };
      },
      {
        body: loginForm,
        detail: { mediaType: 'application/x-www-form-urlencoded' },
        response: { 200: loginResponse, ...errors(423) },
      },
    )
    .post(
      '/register',
      async ({ body: { username, email, password } }) => {
        if (await setup.needed()) throw new DomainError('forbidden', 'Set up this server first');
        return userView(await accounts.register({ username, email, password }), null);
      },
      { body: userCreate, response: { 200: userResponse, ...errors(400, 409) } },
    )
    .post(
      '/logout',
      async ({ request, caller, set }) => {
        if (caller !== null && caller.sessionId !== null)
          await sessions.end(caller.userId, caller.sessionId, 'logout');
        set.headers['set-cookie'] = endedCookies(context.stateOf(request).secure);
        return { message: 'Logout successful' };
      },
      { response: { 200: messageResponse, ...errors() } },
    );
  const known = new Elysia({ prefix: '/auth', tags: ['accounts'] })
    .use(requireUser(context))
    .get(
      '/me',
      async ({ caller }) => userView(await accounts.byId(caller.userId), await limitsOf(caller.userId)),
      { response: { 200: userResponse, ...errors(404) } },
    );
  return new Elysia().use(open).use(known);
};
