// Opening the connection to a real Redis server: credentials, TLS, and what an operator reads when it cannot be.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { RedisOptions } from '#src/adapters/redis/engines.ts';
import { isDomainError } from '#src/domain/errors.ts';
import { pinoLogger } from '#src/observability/logger.ts';
import type { Clock } from '#src/ports/clock.ts';
import { until } from '#tests/support/until.ts';
import { clock, redisWorld } from './redis-world.ts';
import { startRedis } from './servers/redis.ts';
import type { TestServer } from './servers/server.ts';
import { freePort } from './servers/server-process.ts';

const password = 'p@ss/word:1';
/** Half a second instead of ten. */
const hasty: Clock = { ...clock, after: (delayMs, call) => clock.after(delayMs / 20, call) };
const at = (host: string, credentials: string, port: string | number): string =>
  `redis://${credentials}${host}:${port}`;

let server: TestServer;
let folder: string;
let port: string;
const tlsPort = freePort();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-certificates-'));
  await certificates(folder);
  server = await startRedis({
    password: 'plain',
    settings: [
      `user runner on >${password} ~* &* +@all`,
      // As the runbook says, for the prefix of these tests.
      'user least on >least ~test* &test* +@read +@write +@connection +@pubsub +@scripting +info +time',
      `tls-port ${tlsPort}`,
      `tls-cert-file ${folder}/server.pem`,
      `tls-key-file ${folder}/server.key`,
      `tls-ca-cert-file ${folder}/ca.pem`,
    ],
  });
  port = new URL(server.url).port;
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** An authority of our own, and two certificates of it: the server's for `localhost` alone, and a client's. */
async function certificates(into: string): Promise<void> {
  const commands = [
    `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem`,
    ...['server', 'client'].flatMap((name) => [
      `openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`,
      `openssl x509 -req -in ${name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out ${name}.pem`,
    ]),
  ];
  await Bun.write(join(into, 'names'), 'subjectAltName=DNS:localhost\n');
  for (const command of commands) {
    const child = Bun.spawn(command.split(' '), { cwd: into, stdout: 'ignore', stderr: 'pipe' });
    if ((await child.exited) !== 0) throw new Error(await new Response(child.stderr).text());
  }
}

const pem = (name: string): Promise<string> => Bun.file(join(folder, name)).text();

/** What the operator reads; nothing of it, and no line of the log, holds the password. */
async function refusal(url: string, more: Partial<RedisOptions> = {}): Promise<string> {
  const lines: string[] = [];
  const logger = pinoLogger({
    level: 'debug',
    process: 'p',
    destination: { write: (line) => void lines.push(line) },
  });
  const error: unknown = await redisWorld(url, { logger, ...more }).then(
    () => 'it was opened',
    (reason: unknown) => reason,
  );
  if (!isDomainError(error)) throw error;
  logger.error({ error }, 'the start failed');
  expect(error.kind).toBe('infrastructure');
  const all = inspect(error, { depth: 9 }) + lines.join('');
  for (const secret of [password, encodeURIComponent(password), 'wrong-secret'])
    expect(all).not.toContain(secret);
  return error.message;
}

async function opens(url: string, more: Partial<RedisOptions> = {}): Promise<void> {
  const world = await redisWorld(url, more);
  try {
    expect((await world.one.leases.acquire('x', 'a', 1_000))?.holder).toBe('a');
  } finally {
    for (const engines of [world.one, world.two]) await engines.close();
  }
}

describe('credentials', () => {
  test('in the URL are used, also with signs that a URL must escape', async () => {
    await opens(at('127.0.0.1', `runner:${encodeURIComponent(password)}@`, port));
    await opens(`${at('127.0.0.1', ':plain@', port)}/3`);
  });

  test('of a user with no more rights than the runbook names are enough for everything', async () => {
    const { one, two } = await redisWorld(at('127.0.0.1', 'least:least@', port));
    try {
      const rule = { algorithm: 'sliding_window', requests: 5, windowMs: 1_000, burstMultiplier: 1 } as const;
      expect((await one.limiter.take('k', rule, clock.now())).remaining).toBe(4);
      await one.limiter.reset('');
      expect((await one.limiter.peek('k', rule, clock.now())).remaining).toBe(5);
      await one.leases.acquire('x', 'a', 1_000);
      expect((await two.leases.current('x'))?.holder).toBe('a');
      await one.leases.release('x', 'a');
      let woken = 0;
      two.liveFeed.subscribe('run:1', () => void woken++);
      await until(() => woken === 1);
      one.liveFeed.hint('run:1');
      await until(() => woken === 2);
    } finally {
      for (const engines of [one, two]) await engines.close();
    }
  });

  test('that are wrong or missing are told at once, without the password', async () => {
    const wrong = await refusal(at('127.0.0.1', 'runner:wrong-secret@', port));
    expect(wrong).toStartWith(`Redis at 127.0.0.1:${port} cannot be used: WRONGPASS`);
    expect(await refusal(at('127.0.0.1', '', port))).toContain('NOAUTH');
  });

  test('for a database that is not there are refused', async () => {
    expect(await refusal(`${at('127.0.0.1', ':plain@', port)}/99`)).toContain('DB index is out of range');
  });
});

describe('a server that does not serve', () => {
  test('is told after a bound, with what was met', async () => {
    const nobody = freePort();
    const words = await refusal(at('127.0.0.1', `runner:${encodeURIComponent(password)}@`, nobody), {
      clock: hasty,
    });
    expect(words).toStartWith(`Redis at 127.0.0.1:${nobody} does not serve within 10 s: `);
    expect(words).toContain('ECONNREFUSED');
  });

  test('is waited for until then', async () => {
    const late = freePort();
    const opening = redisWorld(at('127.0.0.1', '', late));
    const started = await startRedis({ port: late });
    try {
      await (await opening).close();
    } finally {
      await started.stop();
    }
  });

  test('stands still at the opening: told after the bound, too', async () => {
    const still = await startRedis();
    still.pause();
    try {
      expect(await refusal(still.url, { clock: hasty })).toContain('does not serve within 10 s');
    } finally {
      await still.stop();
    }
  });
});

describe('TLS', () => {
  const secure = (host: string): string => at(host, ':plain@', tlsPort).replace('redis:', 'rediss:');

  test('with the authority and a certificate of our own is used', async () => {
    const tls = { ca: await pem('ca.pem'), cert: await pem('client.pem'), key: await pem('client.key') };
    await opens(secure('localhost'), { tls });
  });

  test('refuses a server whose authority is unknown, or whose certificate is for another name', async () => {
    const own = { cert: await pem('client.pem'), key: await pem('client.key') };
    expect(await refusal(secure('localhost'), { tls: own })).toContain('cannot be used');
    const tls = { ...own, ca: await pem('ca.pem') };
    expect(await refusal(secure('127.0.0.1'), { tls })).toContain('cannot be used');
  });
});
