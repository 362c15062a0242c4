// The first admin of a new server.
import { Elysia } from 'elysia';
import { userView } from '../account-views.ts';
import type { RouteModule } from '../context.ts';
import { setupRequest, setupState, userResponse } from '../contract/accounts.ts';
import { errors } from '../contract/answers.ts';

export const setupRoutes: RouteModule = ({ services }) =>
  new Elysia({ prefix: '/setup', tags: ['setup'] })
    .get('', async () => ({ needed: await services.setup.needed() }), {
      response: { 200: setupState, ...errors() },
    })
    .post(
      '',
      async ({ body: { token, ...account } }) =>
        userView(await services.setup.complete(token, account), null),
      { body: setupRequest, response: { 200: userResponse, ...errors(409) } },
    );
