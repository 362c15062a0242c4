// A whole API without a socket: its own store, its own time, and people who can ask it things.

import { bcryptPasswords } from '#src/adapters/system/passwords.ts';
import { systemSecrets } from '#src/adapters/system/secrets.ts';
import type { ApiDeps, ApiPorts, ApiSettings } from '#src/api/deps.ts';
import { type Api, createApi } from '#src/api/server.ts';
import type { RunPolicy } from '#src/app/executions/policy.ts';
import type { UserRole } from '#src/domain/access.ts';
import { type AccountRules, defaultAccountRules } from '#src/domain/accounts.ts';
import type { Runtime } from '#src/domain/execution.ts';
import type { Logger } from '#src/ports/logger.ts';
import { type VirtualClock, virtualClock } from '#tests/actors/virtual-clock.ts';
import { apiPorts, type TestStore } from './api-ports.ts';

export const password = 'correct horse battery';

export interface Person {
  name: string;
  userId: string;
  cookie: string;
  csrf: string;
}

export interface Ask {
  as?: Person | null;
  headers?: Record<string, string>;
  /** JSON, unless it is a text or a form. */
  body?: unknown;
  /** Left out by default only for guests. */
  csrf?: string | null;
}

export interface ApiWorld {
  api: Api;
  deps: ApiDeps;
  clock: VirtualClock;
  store: TestStore;
  logged: { fields: Record<string, unknown>; message: string }[];
  ask(method: string, path: string, ask?: Ask): Promise<Response>;
  login(username: string, given?: string): Promise<Response>;
  person(name: string, role?: UserRole): Promise<Person>;
}

export interface WorldOptions {
  settings?: Partial<ApiSettings>;
  rules?: Partial<AccountRules>;
  webFiles?: ReadonlyMap<string, string>;
  ready?: boolean;
  ports?: Partial<ApiPorts>;
  /** Ports that are made of those that every test has. */
  extend?(ports: ApiPorts): ApiPorts;
  policy?: Partial<RunPolicy>;
  runtimes?: readonly Runtime[];
}

const policy: RunPolicy = {
  limits: {
    timeoutMs: 300_000,
    memoryBytes: 512 * 1024 * 1024,
    cpuMillis: 2_000,
    processesMax: 64,
    diskBytes: 64 * 1024 * 1024,
    outputBytes: 10 * 1024 * 1024,
  },
  cpuDefaultMillis: 1_000,
  queuedPerUserMax: 50,
  concurrentMax: 10,
  concurrentPerUserMax: 5,
  cpuSecondsDayMax: 0,
  storageBytesMax: 0,
};

// bcrypt's lowest cost: these tests are about everything else.
const passwords = bcryptPasswords({ cost: 4 });

export function apiWorld(options: WorldOptions = {}): ApiWorld {
  const clock = virtualClock(Date.UTC(2026, 10, 25));
  const logged: ApiWorld['logged'] = [];
  const { ports, store } = apiPorts(clock, recorder(logged));
  const ready = options.ready ?? true;
  const rules = { ...defaultAccountRules, ...options.rules };
  const deps: ApiDeps = {
    ports: { ...(options.extend?.(ports) ?? ports), passwords, secrets: systemSecrets, ...options.ports },
    settings: {
      secret: 'a secret of at least thirty-two letters',
      serviceVersion: '0.0.0-test',
      environment: 'test',
      trustedProxies: [],
      tls: false,
      limitsEnabled: false,
      bodyBytesMax: 10 * 1024 * 1024,
      bodyMsMax: 120_000,
      ...options.settings,
    },
    rules: () => rules,
    policy: () => ({ ...policy, ...options.policy }),
    runtimes: async () => options.runtimes ?? [{ language: 'python', version: '3.11' }],
    readiness: async () => ({
      ready,
      dependencies: [{ name: 'store', ready, detail: ready ? null : 'does not answer' }],
      roles: [{ name: 'api', ready: true, detail: null }],
    }),
    webFiles: options.webFiles ?? new Map(),
  };
  const api = createApi(deps);

  async function ask(method: string, path: string, { as, headers = {}, body, csrf }: Ask = {}) {
    const sent: Record<string, string> = { ...headers };
    if (as != null) {
      sent.cookie = as.cookie;
      if (csrf !== null) sent['x-csrf-token'] = csrf ?? as.csrf;
    }
    const raw = typeof body === 'string' || body instanceof URLSearchParams || body instanceof ReadableStream;
    if (body !== undefined && !(body instanceof URLSearchParams)) sent['content-type'] ??= 'application/json';
    const content = body === undefined ? {} : { body: raw ? body : JSON.stringify(body) };
    return api.handle(new Request(`http://localhost${path}`, { method, headers: sent, ...content }));
  }

  const login = (username: string, given = password) =>
    ask('POST', '/api/v1/auth/login', { body: new URLSearchParams({ username, password: given }) });

  return {
    api,
    deps,
    clock,
    store,
    logged,
    ask,
    login,
    async person(name, role = 'user') {
      const { id } = await api.services.accounts.create(
        { username: name, email: `${name}@example.org`, password },
        role,
        true,
      );
      const answer = await login(name);
      const { csrf_token: csrf } = await answer.json();
      return { name, userId: id, cookie: cookieOf(answer), csrf };
    },
  };
}

/** What a browser would send back. */
export const cookieOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');

function recorder(logged: ApiWorld['logged']): Logger {
  const write = (fields: Record<string, unknown>, message: string) => void logged.push({ fields, message });
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  return logger;
}
