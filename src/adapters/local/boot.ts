// From a wish to a booting sandbox: its user, its group, its working directory; and what of them is taken back at its end.
import { chmod, chown, lstat, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DomainError } from '#src/domain/errors.ts';
import type { Limits } from '#src/domain/execution.ts';

import type { Group, Groups } from './groups.ts';
import type { Interpreter } from './interpreters.ts';
import { endLeftOvers } from './left-overs.ts';
import { shuttingDown } from './pod-list.ts';
import { bootSandbox, type Sandbox } from './sandbox.ts';

export interface Boots {
  boot(
    uid: string,
    interpreter: Interpreter,
    limits: Limits,
  ): Promise<{ sandbox: Sandbox; group: Group | null }>;
  /** At start: what an earlier process of this installation left behind. */
  clear(): Promise<void>;
  /** Kills every sandbox, also those that are only being booted, and waits until all are proved gone. */
  end(): Promise<void>;
}

export interface BootSettings {
  installation: string;
  supervisorPath: string;
  isolation: 'full' | 'reduced';
  groups: Groups | null;
  asRoot: boolean;
  supervisorSettings: readonly string[];
}

/** As root every sandbox is another user. A share of the range for each installation, used round and round. */
const firstUid = 20_000;
const uidShares = 100;
const uidsOfShare = 400;

export function boots(settings: BootSettings): Boots {
  const { isolation, groups, asRoot } = settings;
  const share = Number.parseInt(settings.installation.slice(0, 6), 16) % uidShares;
  // Not in the installation's own folder, to which the sandboxes' users have no way.
  const workdirs = join(tmpdir(), `greenroom-${settings.installation}`);
  const uidsInUse = new Set<number>();
  const alive = new Map<Sandbox, Promise<void>>();
  const booting = new Set<Promise<void>>();
  let ending = false;
  let turn = 0;

  const takeUid = (): number => {
    if (!asRoot) return 0;
    for (let tries = 0; tries < uidsOfShare; tries += 1) {
      const uid = firstUid + share * uidsOfShare + (turn % uidsOfShare);
      turn += 1;
      if (uidsInUse.has(uid)) continue;
      uidsInUse.add(uid);
      return uid;
    }
    throw new Error('every user of the range has a sandbox');
  };

  const makeWorkdir = async (uid: string, hostUid: number): Promise<string> => {
    const workdir = join(workdirs, uid);
    await mkdir(workdirs, { recursive: true });
    const place = await lstat(workdirs);
    if (!place.isDirectory() || place.uid !== process.getuid?.()) {
      throw new DomainError(
        'infrastructure',
        'The folder for the files of sandboxes belongs to somebody else',
        {
          detail: workdirs,
        },
      );
    }
    // To be walked through by the sandboxes' users, not to be listed.
    await chmod(workdirs, 0o711);
    for (const folder of [workdir, join(workdir, 'tmp')]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      if (hostUid) await chown(folder, hostUid, hostUid);
    }
    return workdir;
  };

  const bootOne: Boots['boot'] = async (uid, interpreter, limits) => {
    const hostUid = takeUid();
    const [workdir, group] = await Promise.all([
      isolation === 'reduced' ? makeWorkdir(uid, hostUid) : null,
      groups?.create(uid, { ...limits, cpuMillis: null }) ?? null,
    ]);
    const sandbox = bootSandbox({
      interpreterPath: interpreter.path,
      folders: interpreter.folders,
      supervisorPath: settings.supervisorPath,
      isolation,
      hostUid,
      group,
      diskBytes: limits.diskBytes,
      workdir,
      settings: settings.supervisorSettings,
    });
    const cleared = sandbox.ended.then(async () => {
      uidsInUse.delete(hostUid);
      if (workdir) await rm(workdir, { recursive: true, force: true });
      alive.delete(sandbox);
    });
    alive.set(sandbox, cleared);
    if (ending) sandbox.kill();
    return { sandbox, group };
  };

  return {
    boot(uid, interpreter, limits) {
      if (ending) return Promise.reject(shuttingDown());
      const booted = bootOne(uid, interpreter, limits);
      const done = booted.then(
        () => undefined,
        () => undefined,
      );
      booting.add(done);
      done.then(() => booting.delete(done));
      return booted;
    },
    async clear() {
      await endLeftOvers(settings.supervisorPath);
      await groups?.sweep();
      await rm(workdirs, { recursive: true, force: true });
    },
    async end() {
      ending = true;
      for (const sandbox of alive.keys()) sandbox.kill();
      await Promise.all(booting);
      await Promise.all(alive.values());
      await rm(workdirs, { recursive: true, force: true });
    },
  };
}
