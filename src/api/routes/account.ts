// What people do with their own account: sessions, password, API tokens, leaving. Only from a session.
import { Elysia } from 'elysia';
import { DomainError } from '#src/domain/errors.ts';
import { sessionView, tokenView } from '../account-views.ts';
import type { RouteModule } from '../context.ts';
import {
  leaveRequest,
  passwordChange,
  sessionList,
  sessionParams,
  tokenCreated,
  tokenList,
  tokenParams,
  tokenRequest,
} from '../contract/accounts.ts';
import { errors, messageResponse } from '../contract/answers.ts';
import { requireSession } from '../plugins/auth.ts';
import { endedCookies } from '../plugins/cookies.ts';
import { originOf } from '../plugins/origin.ts';

const ended = { 200: messageResponse, ...errors(404, 409, 423) };

export const accountRoutes: RouteModule = (context) => {
  const { accounts, leave, sessions, tokens } = context.services;
  const originFor = (request: Request) => originOf(context.stateOf(request), request);
  return new Elysia({ prefix: '/auth', tags: ['accounts'] })
    .use(requireSession(context))
    .get(
      '/sessions',
      async ({ caller }) => {
        const own = await sessions.of(caller.userId);
        return { sessions: own.map((session) => sessionView(session, caller.sessionId)) };
      },
      { response: { 200: sessionList, ...errors() } },
    )
    .delete(
      '/sessions/:session_id',
      async ({ caller, params }) => {
        const found = await sessions.end(caller.userId, params.session_id, 'ended_by_user');
        if (!found) throw new DomainError('not_found', 'Session not found');
        return { message: 'Session ended' };
      },
      { params: sessionParams, response: ended },
    )
    .delete(
      '/sessions',
      async ({ caller }) => {
        const count = await sessions.endAll(caller.userId, 'ended_by_user', caller.sessionId);
        return { message: count === 1 ? '1 session ended' : `${count} sessions ended` };
      },
      { response: ended },
    )
    .post(
      '/password',
      async ({ request, caller, body }) => {
        const change = { current: body.current_password, next: body.new_password };
        await accounts.changePassword(caller.userId, caller.sessionId, change, originFor(request));
        return { message: 'Password changed' };
      },
      { body: passwordChange, response: ended },
    )
    .delete(
      '/me',
      async ({ request, caller, body, set }) => {
        await leave(caller.userId, body.password, originFor(request));
        set.headers['set-cookie'] = endedCookies(context.stateOf(request).secure);
        return { message: 'Account deleted' };
      },
      { body: leaveRequest, response: ended },
    )
    .get('/tokens', async ({ caller }) => ({ tokens: (await tokens.of(caller.userId)).map(tokenView) }), {
      response: { 200: tokenList, ...errors() },
    })
    .post(
      '/tokens',
      async ({ caller, body: { name, scopes, expires_at } }) => {
        const expiresAt = expires_at === undefined || expires_at === null ? null : Date.parse(expires_at);
        const { token, text } = await tokens.create(caller.userId, { name, scopes, expiresAt });
        return { ...tokenView(token), token: text };
      },
      { body: tokenRequest, response: { 200: tokenCreated, ...errors(409) } },
    )
    .delete(
      '/tokens/:token_id',
      async ({ caller, params }) => {
        await tokens.remove(caller.userId, params.token_id);
        return { message: 'Token deleted' };
      },
      { params: tokenParams, response: ended },
    );
};
