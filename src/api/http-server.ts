// The server on its socket, as the api role runs it. Stopping takes no new work, tells streams to come again elsewhere,
// and waits for the requests in flight, but not for ever.
import type { Clock } from '#src/ports/clock.ts';
import type { HttpServer } from '#src/ports/http-server.ts';
import type { Api } from './server.ts';

export interface ListenOptions {
  hostname: string;
  port: number;
  clock: Clock;
  /** How long requests in flight may take when it stops. */
  drainMs: number;
}

export function httpServer(api: Api, { hostname, port, clock, drainMs }: ListenOptions): HttpServer {
  let listening: ReturnType<Api['listen']> | null = null;
  return {
    async start() {
      listening ??= api.listen({ hostname, port });
      return { url: listening.url };
    },
    async stop() {
      if (listening === null) return;
      const stopping = listening;
      listening = null;
      api.streams.drain();
      const done = stopping.stop(false);
      const late = new Promise<'late'>((resolve) => clock.after(drainMs, () => resolve('late')));
      if ((await Promise.race([done, late])) === 'late') await stopping.stop(true);
    },
  };
}
