// One whole process put together: stores, pods, roles and the HTTP interface, in the order in which they need each other.
import { createSystem, type System } from '#actors/system.ts';
import { httpServer } from '#src/api/http-server.ts';
import type { Api } from '#src/api/server.ts';
import { createApi } from '#src/api/server.ts';
import { createFleet } from '#src/app/fleet.ts';
import { readableRecords } from '#src/app/readable-records.ts';
import type { Config } from '#src/config/options.ts';
import { assert } from '#src/domain/errors.ts';
import type { Cancel, Clock, Ids } from '#src/ports/clock.ts';
import type { HttpServer } from '#src/ports/http-server.ts';
import type { Logger } from '#src/ports/logger.ts';
import { openRuntime, type ScriptRuntime } from './adapters/runtime.ts';
import { openEngines } from './adapters/select.ts';
import { bcryptPasswords } from './adapters/system/passwords.ts';
import { installationKey } from './adapters/system/secret-key.ts';
import { systemSecrets } from './adapters/system/secrets.ts';
import type { SteadyTime } from './adapters/system/steady-time.ts';
import type { Readiness } from './api/deps.ts';
import { clockReadiness, followStore, goOnFrom, watchClock } from './clock-watch.ts';
import type { Engines } from './engines.ts';
import { accountRules, apiSettings, roleSettings, runPolicy } from './settings.ts';

export interface Assembled {
  /** Null where this process does not play the api role. */
  api: Api | null;
  /** Empty until it listens. */
  url(): string;
  readiness(): Promise<Readiness>;
  start(): Promise<void>;
  /** Gives memory back that is held only to be faster: for when there is nothing to do. */
  rest(): void;
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
  const { config, clock, time = null, ids, logger } = options;
  const roles = config['process.roles'];
  const key = await installationKey(config['data.dir'], config['secret.key']);
  const engines = await openEngines(config, clock, logger, options.process);
  // Only now: the folder's lock says that no other process has sandboxes in it.
  const runtime = await prepare(options, key, engines).catch(async (error: unknown) => {
    await engines.close();
    throw error;
  });

  const listener = listening(options, () => api);
  const system = createSystem({
    roles,
    ports: { ...engines, clock, ids, logger, pods: runtime?.pods ?? null, httpServer: listener.server },
    settings: roleSettings(config, key, options.process),
    onFailure: ({ role, words }) => options.onFailure(`${role}: ${words}`),
  });
  const readiness = async (): Promise<Readiness> => {
    const cluster = runtime?.readiness() ?? [];
    const dependencies = [...(await engines.readiness()), ...cluster, clockReadiness(time)];
    const playing = Object.entries(system.ready()).map(([name, ready]) => ({ name, ready, detail: null }));
    return { ready: [...dependencies, ...playing].every((part) => part.ready), dependencies, roles: playing };
  };
  const api = roles.includes('api')
    ? createInterface(options, { key, engines, runtime, system, readiness })
    : null;

  let unwatchClock: Cancel = () => undefined;
  return {
    api,
    url: listener.url,
    readiness,
    async start() {
      unwatchClock = watchClock({ time, after: clock.after, aheadMs: engines.clockAheadMs }, logger);
      await system.start();
      runtime?.warm();
    },
    rest: () => engines.rest?.(),
    async stop() {
      await system.drain();
      unwatchClock();
      await runtime?.stop();
      await engines.close();
    },
  };
}

/** What has to be right before anything is decided: the time, and the isolation of the scripts. */
async function prepare(
  options: AssembleOptions,
  key: string,
  engines: Engines,
): Promise<ScriptRuntime | null> {
  const { config, clock, time = null, logger, process } = options;
  logger.info({ dataDir: config['data.dir'], alone: engines.alone }, 'stores open');
  await followStore(engines.clockAheadMs, time);
  goOnFrom(engines.lastTime(), time, logger);
  return openRuntime({ config, key, engines, clock, logger, process });
}

interface Parts {
  key: string;
  engines: Engines;
  runtime: ScriptRuntime | null;
  system: System;
  readiness(): Promise<Readiness>;
}

function createInterface(options: AssembleOptions, parts: Parts): Api {
  const { config, clock, ids, logger, webFiles } = options;
  const { key, engines, runtime, system, readiness } = parts;
  const rules = accountRules(config);
  const policy = runPolicy(config);
  const fleet = createFleet({ clock, documents: engines.documents });
  return createApi({
    ports: {
      ...engines,
      records: readableRecords(engines.records),
      clock,
      ids,
      logger,
      passwords: bcryptPasswords({ cost: config['auth.bcrypt_cost'] }),
      secrets: systemSecrets,
      sagas: system.sagas,
    },
    settings: apiSettings(config, key),
    rules: () => rules,
    policy: () => policy,
    runtimes: runtime !== null && engines.alone ? () => runtime.pods.runtimes() : fleet.runtimes,
    readiness,
    webFiles,
  });
}

/** `api` is there once the process is put together. */
function listening(
  { config, clock, onFailure }: AssembleOptions,
  api: () => Api | null,
): { server: HttpServer | null; url(): string } {
  if (!config['process.roles'].includes('api')) return { server: null, url: () => '' };
  let url = '';
  let listener: HttpServer | null = null;
  const server: HttpServer = {
    async start() {
      const { 'server.host': hostname, 'server.port': port } = config;
      const served = api();
      assert(served !== null, 'the api role has an interface');
      listener ??= httpServer(served, { hostname, port, clock, drainMs: 2_000 });
      try {
        const started = await listener.start();
        url = started.url;
        return started;
      } catch (error) {
        // Nothing that a restart of the role would mend: somebody has to choose another address.
        if (url === '') onFailure(cannotListen(config, error));
        throw error;
      }
    },
    stop: async () => listener?.stop(),
  };
  return { server, url: () => url };
}

function cannotListen(config: Config, error: unknown): string {
  const where = `${config['server.host']}:${config['server.port']}`;
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return isTaken
    ? `${where} is in use by another program; stop it, or choose another port (server.port, PORT)`
    : `cannot listen on ${where}; check server.host and server.port`;
}
