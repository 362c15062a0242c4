// Whether the address to listen on is free, or our own server is what answers there.
import type { Config } from '#src/config/options.ts';
import { type Check, well, wrong } from './check.ts';

/** `server`: the running server on this data folder, if one answers. */
export async function checkPort(config: Config, server: { url: string } | null): Promise<Check> {
  const name = 'port';
  const hostname = config['server.host'];
  const port = config['server.port'];
  const place = `${hostname}:${port}`;
  if (server !== null) {
    return (await answers(server.url))
      ? well(name, `our server answers on ${server.url}`)
      : wrong(name, `our server runs and does not answer on ${server.url}: look at its log`);
  }
  if (port === 0) return well(name, 'a free one is taken at the start');
  try {
    const listening = Bun.listen({ hostname, port, socket: { data: () => undefined } });
    listening.stop(true);
    return well(name, `${place} is free`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return wrong(
      name,
      `${place} ${reasons[code] ?? `cannot be used (${code}): set server.host and server.port`}`,
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another process: end it, or set server.port',
  EACCES: 'is not allowed to this user: set a server.port above 1023',
  EADDRNOTAVAIL: 'is no address of this machine: set server.host',
};

const patienceMs = 5_000;

async function answers(url: string): Promise<boolean> {
  try {
    const live = await fetch(`${url}/api/v1/health/live`, { signal: AbortSignal.timeout(patienceMs) });
    return live.ok;
  } catch (error) {
    return error instanceof Error ? false : Promise.reject(error);
  }
}
