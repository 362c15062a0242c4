// The reference of a server's start: bare Elysia on the same runtime, which prints where it listens.
import { Elysia } from 'elysia';

const app = new Elysia()
  .get('/api/v1/health/live', () => ({ status: 'ok' }))
  .listen({
    hostname: '127.0.0.1',
    port: 0,
  });
process.stdout.write(`listens on ${app.server?.url.origin}\n`);
