// Life and readiness, for whoever keeps this process running. Says nothing that a stranger should not know.
import { Elysia, t } from 'elysia';
import type { RouteModule } from '../context.ts';

const part = t.Object({ name: t.String(), ready: t.Boolean(), detail: t.Nullable(t.String()) });
const readiness = t.Object({ ready: t.Boolean(), dependencies: t.Array(part), roles: t.Array(part) });

export const healthRoutes: RouteModule = ({ deps, life }) =>
  new Elysia({ prefix: '/health' })
    .get('/live', life.view, {
      response: {
        200: t.Object({ status: t.String(), uptime_seconds: t.Number(), timestamp: t.String() }),
      },
    })
    .get(
      '/ready',
      async ({ set }) => {
        const now = await deps.readiness();
        set.status = now.ready ? 200 : 503;
        return {
          ready: now.ready,
          dependencies: [...now.dependencies],
          roles: [...now.roles],
        };
      },
      { response: { 200: readiness, 503: readiness } },
    );
