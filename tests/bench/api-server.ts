// The interface on its socket over the embedded engines, with people who are logged in and one of them who has runs: everything
// is real but the pods, and nothing runs any more while it is measured.
import { resolve } from 'node:path';
import { embeddedLimiter } from '#src/adapters/embedded/limiter.ts';
import { bcryptPasswords } from '#src/adapters/system/passwords.ts';
import { systemSecrets } from '#src/adapters/system/secrets.ts';
import type { ApiDeps } from '#src/api/deps.ts';
import { sessionCookie } from '#src/api/plugins/cookies.ts';
import { type Api, createApi, type Listening } from '#src/api/server.ts';
import type { UserLimitsBody } from '#src/app/user-limits.ts';
import { loadConfig } from '#src/config/load.ts';
import type { Config } from '#src/config/options.ts';
import { userLimitsCollection } from '#src/domain/account-collections.ts';
import { accountRules, apiSettings, runPolicy } from '#src/settings.ts';
import { sagaProcess } from './saga-process.ts';

export interface Person {
  userId: string;
  /** As a browser sends them with every request. */
  headers: Record<string, string>;
}

export interface ApiServer {
  deps: ApiDeps;
  api: Api;
  url: string;
  people: readonly Person[];
  /** Of the first person, ended. */
  runs: readonly string[];
  close(): Promise<void>;
}

export const example = { script: "print('hello')", lang: 'python' };
const password = 'correct horse battery';
const slots = { concurrentMax: 1_000, concurrentPerUserMax: 1_000 };

export async function apiServer(count: { people: number; runs: number }): Promise<ApiServer> {
  const config = await asConfigured();
  const { process: system } = await sagaProcess(slots);
  const { ports } = system;
  const deps: ApiDeps = {
    ports: {
      ...ports,
      limiter: embeddedLimiter(),
      passwords: bcryptPasswords({ cost: 4 }),
      secrets: systemSecrets,
      sagas: system.system.sagas,
    },
    settings: apiSettings(config, 'a key of the bench, of thirty-two letters'),
    rules: () => accountRules(config),
    policy: () => runPolicy(config),
    runtimes: async () => [{ language: 'python', version: '3.11' }],
    readiness: async () => ({ ready: true, dependencies: [], roles: [] }),
    webFiles: new Map(),
  };
  const api = createApi(deps);
  const listening = api.listen({ hostname: '127.0.0.1', port: 0 });
  const people: Person[] = [];
  for (let number = 0; number < count.people; number += 1)
    people.push(await personOf(deps, api, `person${number}`));
  const [first] = people;
  if (first === undefined) throw new Error('somebody must be there');
  const runs = await Promise.all(Array.from({ length: count.runs }, () => endedRun(listening, first)));
  await system.system.drain();
  return {
    deps,
    api,
    url: listening.url,
    people,
    runs,
    async close() {
      await listening.stop(true);
      await api.services.securityLog.settled();
      await system.close();
    },
  };
}

/** As it is delivered, but nobody is refused. */
async function asConfigured(): Promise<Config> {
  const { config } = await loadConfig({}, resolve('config.toml'));
  return {
    ...config,
    'limits.enabled': true,
    'execution.queued_per_user': 100_000,
    'execution.concurrent': slots.concurrentMax,
    'execution.concurrent_per_user': slots.concurrentPerUserMax,
  };
}

/** Counted like everybody, and never refused. A window would keep each of these many requests, a bucket only counts. */
const unhindered: UserLimitsBody = {
  bypass: false,
  multiplier: 1,
  rules: [
    {
      pattern: '/api/v1/**',
      group: 'api',
      requests: 1_000_000_000,
      windowSeconds: 60,
      algorithm: 'token_bucket',
      burstMultiplier: 1,
      priority: 100,
      enabled: true,
    },
  ],
  notes: null,
  createdAt: 0,
  updatedAt: 0,
};

async function personOf({ ports }: ApiDeps, api: Api, username: string): Promise<Person> {
  const { accounts, sessions, sessionTokens } = api.services;
  const account = { username, email: `${username}@example.org`, password };
  const user = await accounts.create(account, 'user', true);
  const limits = ports.documents.collection<UserLimitsBody>(userLimitsCollection);
  await limits.insert(user.id, unhindered);
  const session = await sessions.begin(user, { address: '127.0.0.1', agent: 'bench' });
  const cookie = `${sessionCookie}=${await sessionTokens.tokenFor(session)}`;
  return { userId: user.id, headers: { cookie, 'x-csrf-token': sessionTokens.csrfFor(session.id) } };
}

async function endedRun({ url }: Listening, { headers }: Person): Promise<string> {
  const asked = await fetch(`${url}/api/v1/execute`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(example),
  });
  const { execution_id: id } = (await asked.json()) as { execution_id: string };
  for (;;) {
    const answer = await fetch(`${url}/api/v1/executions/${id}`, { headers });
    const { termination } = (await answer.json()) as { termination: object | null };
    if (termination !== null) return id;
  }
}
