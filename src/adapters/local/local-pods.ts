// Pods as processes of this machine. A sandbox belongs to this process and dies with it; nothing of it outlives an end that was
// told. The lines are carried, never understood.
import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';

import { DomainError } from '#src/domain/errors.ts';
import type { Limits } from '#src/domain/execution.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { Pods } from '#src/ports/pods.ts';

import { boots } from './boot.ts';
import { succeed } from './former-owners.ts';
import { openGroups } from './groups.ts';
import { findInterpreters, type Interpreter, reachableByAll } from './interpreters.ts';
import { placing } from './placing.ts';
import { podList } from './pod-list.ts';
import { podsPort } from './pods-port.ts';
import { cleanEnvironment } from './sandbox.ts';
import { type SelfTestReport, testIsolation } from './self-test.ts';
import { unpackSupervisor } from './unpack.ts';
import { warmPool } from './warm-pool.ts';

export interface LocalPodsOptions {
  /** Private to this installation; one process at a time. */
  installationDir: string;
  clock: Clock;
  logger: Logger;
  /** Paths that win over those that are found. */
  interpreters?: readonly string[];
  isolation: 'full' | 'reduced';
  /** Booted sandboxes kept for each version that is in demand. */
  warmPerRuntime: number;
  /** The version that is kept warm before anybody asked; the newest where it is not offered. */
  firstVersion?: string;
  /** Shown as the node of every pod. */
  process: string;
  /** No other process of the installation has pods. */
  soleOwner: boolean;
  /** What a sandbox is held to until it is claimed. */
  limits: Limits;
  /** Bounds of the supervisor, `name=value`; tests shorten them. */
  supervisorSettings?: readonly string[];
}

export interface LocalPods {
  pods: Pods;
  selfTest: SelfTestReport;
  /** Begins to keep sandboxes warm. Apart from the start, so that booting them does not slow it down. */
  warm(): void;
  /** Ends every sandbox and waits until all are gone. */
  stop(): Promise<void>;
}

export async function createLocalPods(options: LocalPodsOptions): Promise<LocalPods> {
  const { clock, logger, isolation, limits } = options;
  const began = clock.monotonic();
  await mkdir(options.installationDir, { recursive: true });
  const installationDir = await realpath(options.installationDir);
  const installation = new Bun.CryptoHasher('sha256').update(installationDir).digest('hex').slice(0, 12);
  const asRoot = process.getuid?.() === 0;
  const [supervisorPath, groups, found] = await Promise.all([
    unpackSupervisor(installationDir),
    openGroups(installation),
    findInterpreters(
      options.interpreters ?? [],
      join(installationDir, 'interpreters.json'),
      cleanEnvironment,
    ),
  ]);
  // Without a file system of its own a sandbox sees only what its user may see.
  const interpreters = asRoot && isolation === 'reduced' ? await reachableByAll(found) : found;
  const [tester] = interpreters;
  if (!tester) {
    throw new DomainError(
      'infrastructure',
      'No Python 3.8 or later was found on this machine. Install python3, or name one in runtime.interpreters',
    );
  }
  const { supervisorSettings = [] } = options;
  const boot = boots({
    installation,
    supervisorPath,
    isolation,
    groups,
    asRoot,
    supervisorSettings,
  });
  await boot.clear();
  const formerOwners = await succeed(installationDir, options.process);
  const list = podList(options.process);
  const put = placing({ boot, list, clock, logger, interpreters });
  const pool = warmPool({
    put,
    list,
    interpreters,
    limits,
    clock,
    logger,
    perRuntime: options.warmPerRuntime,
    firstVersion: (
      interpreters.find(({ version }) => version === options.firstVersion) ?? interpreters.at(-1)
    )?.version,
  });
  const stop = async (): Promise<void> => {
    pool.stop();
    for (const pod of list.all()) pod.terminating = true;
    await boot.end();
    list.close();
    await groups?.close();
  };
  try {
    const { sandbox } = await boot.boot(crypto.randomUUID(), systemFirst(interpreters) ?? tester, limits);
    const tested = await testIsolation(sandbox, isolation);
    sandbox.kill();
    const selfTest: SelfTestReport = {
      isolation,
      groups: groups?.version ?? null,
      asRoot,
      tookMs: Math.round(clock.monotonic() - began),
      ...tested,
    };
    const { soleOwner } = options;
    const pods = podsPort({ list, put, pool, clock, interpreters, soleOwner, formerOwners });
    return { pods, selfTest, warm: pool.fill, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The system's own interpreter starts fastest: its files are shared with every other sandbox. */
const systemFirst = (interpreters: readonly Interpreter[]): Interpreter | undefined =>
  interpreters.find((interpreter) => interpreter.folders.length === 0);
