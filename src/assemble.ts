// One whole process put together: stores, pods, roles and the HTTP interface, in the order in which they need each other.
import { createSystem } from '#actors/system.ts';
import { httpServer } from '#src/api/http-server.ts';
import type { Api } from '#src/api/server.ts';
import { createApi } from '#src/api/server.ts';
import { readableRecords } from '#src/app/readable-records.ts';
import type { Config } from '#src/config/options.ts';
import type { Cancel, Clock, Ids } from '#src/ports/clock.ts';
import type { HttpServer } from '#src/ports/http-server.ts';
import type { Logger } from '#src/ports/logger.ts';
import { openPods, openStores } from './adapters/select.ts';
import { bcryptPasswords } from './adapters/system/passwords.ts';
import { installationKey } from './adapters/system/secret-key.ts';
import { systemSecrets } from './adapters/system/secrets.ts';
import type { SteadyTime } from './adapters/system/steady-time.ts';
import { clockReadiness, goOnFrom, watchClock } from './clock-watch.ts';
import { storeReadiness } from './readiness.ts';
import { accountRules, apiSettings, roleSettings, runPolicy } from './settings.ts';

export interface Assembled {
  api: Api;
  url(): string;
  start(): Promise<void>;
  /** Drains the roles and gives everything back; safe to call in any state. */
  stop(): Promise<void>;
}

export interface AssembleOptions {
  config: Config;
  /** Name of this process. */
  process: string;
  clock: Clock;
  /** Where the clock's time of day comes from, when it follows the system's. */
  time?: SteadyTime;
  ids: Ids;
  logger: Logger;
  webFiles: ReadonlyMap<string, string>;
  onFailure(words: string): void;
}

export async function assemble(options: AssembleOptions): Promise<Assembled> {
  const { config, clock, time = null, ids, logger, webFiles } = options;
  const key = await installationKey(config['data.dir'], config['secret.key']);
  const stores = await openStores(config, clock, logger);
  logger.info({ dataDir: config['data.dir'] }, 'stores open');
  goOnFrom(stores.lastTime(), time, logger);
  // Only now: the store's lock says that no other process has sandboxes in this folder.
  const local = await openPods(config, clock, logger, options.process).catch(async (error: unknown) => {
    await stores.close();
    throw error;
  });
  const { checks: _checks, ...proof } = local.selfTest;
  logger.info(proof, 'isolation proved');

  let url = '';
  let listening: HttpServer | null = null;
  const server: HttpServer = {
    async start() {
      listening ??= httpServer(api, {
        hostname: config['server.host'],
        port: config['server.port'],
        clock,
        drainMs: 2_000,
      });
      try {
        const started = await listening.start();
        url = started.url;
        return started;
      } catch (error) {
        // Nothing that a restart of the role would mend: somebody has to choose another address.
        if (url === '') options.onFailure(cannotListen(config, error));
        throw error;
      }
    },
    stop: async () => listening?.stop(),
  };
  const system = createSystem({
    roles: config['process.roles'],
    ports: { ...stores, clock, ids, logger, pods: local.pods, httpServer: server },
    settings: roleSettings(config, key, options.process),
    onFailure: ({ role, words }) => options.onFailure(`${role}: ${words}`),
  });
  const rules = accountRules(config);
  const policy = runPolicy(config);
  const passwords = bcryptPasswords({ cost: config['auth.bcrypt_cost'] });
  const api = createApi({
    ports: {
      ...stores,
      records: readableRecords(stores.records),
      clock,
      ids,
      logger,
      passwords,
      secrets: systemSecrets,
      sagas: system.sagas,
    },
    settings: apiSettings(config, key),
    rules: () => rules,
    policy: () => policy,
    runtimes: () => local.pods.runtimes(),
    readiness: async () => {
      const dependencies = [await storeReadiness(stores), clockReadiness(time)];
      const roles = Object.entries(system.ready()).map(([name, ready]) => ({ name, ready, detail: null }));
      return { ready: [...dependencies, ...roles].every((part) => part.ready), dependencies, roles };
    },
    webFiles,
  });

  let unwatchClock: Cancel = () => undefined;
  return {
    api,
    url: () => url,
    async start() {
      unwatchClock = watchClock({ time, after: clock.after }, logger);
      await system.start();
      local.warm();
    },
    async stop() {
      await system.drain();
      unwatchClock();
      await local.stop();
      await stores.close();
    },
  };
}

function cannotListen(config: Config, error: unknown): string {
  const where = `${config['server.host']}:${config['server.port']}`;
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return isTaken
    ? `${where} is in use by another program; stop it, or choose another port (server.port, PORT)`
    : `cannot listen on ${where}; check server.host and server.port`;
}
