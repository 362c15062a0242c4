// The server on its socket, as the api role runs it. Stopping takes no new work, tells streams to come again elsewhere,
// and waits for the requests in flight, but not for ever.
import type { Clock } from '#src/ports/clock.ts';
import type { HttpServer } from '#src/ports/http-server.ts';
import type { Api, Listening } from './server.ts';

export interface ListenOptions {
  hostname: string;
  port: number;
  clock: Clock;
  /** How long requests in flight may take when it stops. */
  drainMs: number;
}

const lookEveryMs = 5;

export function httpServer(api: Api, { hostname, port, clock, drainMs }: ListenOptions): HttpServer {
  let listening: Listening | null = null;
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
      const closed = stopping.stop(false);
      await answered(stopping, clock, drainMs);
      // What is left are connections that browsers keep for later, and requests that took too long.
      await stopping.stop(true);
      await closed;
    },
  };
}

async function answered(stopping: Listening, clock: Clock, drainMs: number): Promise<void> {
  const deadline = clock.monotonic() + drainMs;
  while (stopping.pending() > 0 && clock.monotonic() < deadline) {
    await new Promise<void>((resolve) => clock.after(lookEveryMs, resolve));
  }
}
