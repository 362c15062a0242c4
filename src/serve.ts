// `greenroom serve`: starts one process, prints where it listens, and ends it in order.
import { hostname } from 'node:os';
import type { Config } from '#src/config/options.ts';
import { pinoLogger } from '#src/observability/logger.ts';
import { randomIds, systemClock } from './adapters/system/clock.ts';
import { type Assembled, assemble } from './assemble.ts';
import { listenForCommands } from './command-socket.ts';
import { accountCommands } from './create-admin.ts';
import { collectAtRest } from './memory-at-rest.ts';
import { startedLines } from './started.ts';
import { version } from './version.ts';

/** Resolves with the exit code: 0 after a stop that was asked for, 1 after a failure that it could not go on with. */
export async function serve(config: Config, webFiles: ReadonlyMap<string, string>): Promise<number> {
  const process_ = `${hostname()}-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
  const logger = pinoLogger({ level: config['log.level'], process: process_ });
  const ending = Promise.withResolvers<number>();
  let failed = false;
  const clock = systemClock();
  const assembled = await assemble({
    config,
    process: process_,
    clock,
    time: clock,
    ids: randomIds(),
    logger,
    webFiles,
    onFailure: (words) => {
      logger.error({ words }, 'this process cannot go on');
      if (!failed) process.stderr.write(`greenroom: ${words}\n`);
      failed = true;
      ending.resolve(1);
    },
  });
  const commands = await listenForCommands(config['data.dir'], {
    ...(assembled.api === null ? {} : accountCommands(assembled.api.services)),
    status: async () => {
      const { ready, dependencies, roles } = await assembled.readiness();
      const parts = [...dependencies, ...roles].map((part) => ({ ...part }));
      return { version, process: process_, url: assembled.url(), ready, parts };
    },
  });
  endOnSignal(() => ending.resolve(0));
  const collect = (): void => {
    Bun.gc(true);
    assembled.rest();
  };
  const leaving = new AbortController();
  void ending.promise.then(() => leaving.abort());
  const tell = async ({ api, url }: Assembled): Promise<void> => {
    const setupToken = async () => (await api?.services.setup.token()) ?? null;
    const started = { roles: config['process.roles'], url: url(), setupToken };
    const lines = await startedLines(started, { clock, logger }, leaving.signal);
    if (lines.length > 0) await Bun.stdout.write(`${lines.join('\n')}\n`);
  };
  const stopCollecting = collectAtRest({ clock, processorMs, collect });
  await Promise.race([assembled.start(), ending.promise]);
  if (!failed) await Promise.race([tell(assembled), ending.promise]);

  const code = await ending.promise;
  stopCollecting();
  await commands.close();
  await assembled.stop();
  return code;
}

function endOnSignal(end: () => void): void {
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Asked twice: whoever asks does not want to wait.
      if (asked) process.exit(1);
      asked = true;
      end();
    });
  }
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
