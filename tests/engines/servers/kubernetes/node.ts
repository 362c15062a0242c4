// A node as one process tree with namespaces of its own: with its first process, or with ours, end all parts and all pods.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { until } from '#tests/support/until.ts';

import { attempt, type Outcome } from './command.ts';
import type { Layout } from './configuration.ts';
import { linkTo, makeGroups, type Slot } from './machine.ts';
import type { PartName } from './parts.ts';

export interface Node {
  hasEnded(): boolean;
  /** In its network, with its processes and mounts. */
  run(command: readonly string[]): Promise<Outcome>;
  isRunning(part: PartName): Promise<boolean>;
  signal(part: PartName, name: 'STOP' | 'CONT'): void;
  /** Kills a part, which stays away until it is let run. */
  hold(part: PartName): Promise<void>;
  letRun(part: PartName): Promise<void>;
  /** All of it, at once. */
  end(): Promise<void>;
}

const firstProcess = join(import.meta.dir, 'node.sh');
/** Joins the groups up to `--`, then becomes what follows. */
const joining = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@"';
/** However we end. */
const withUs = ['setpriv', '--pdeathsig', 'KILL'];
const apart = ['--fork', '--kill-child', '--pid', '--net', '--mount', '--propagation', 'private'];

export async function startNode({ folder, addresses }: Layout, slot: Slot): Promise<Node> {
  const log = Bun.file(join(folder, 'log', 'node'));
  const words = ['bash', firstProcess, folder, addresses.node, addresses.host];
  const joined = ['sh', '-c', joining, 'sh', ...(await makeGroups(slot)), '--'];
  const child = Bun.spawn([...joined, ...withUs, 'unshare', ...apart, ...words], {
    stdin: 'ignore',
    stdout: log,
    stderr: log,
  });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const numberOf = (part: PartName): Promise<string | null> =>
    readFile(join(folder, 'pid', part), 'utf8').then(
      (text) => text.trim(),
      () => null,
    );
  let first = 0;
  const enter = (): string[] => ['nsenter', '--target', String(first), '--net', '--pid', '--mount', '--'];
  const node: Node = {
    hasEnded,
    run: (command) => attempt([...enter(), ...command]),
    isRunning: async (part) => (await numberOf(part)) !== null,
    signal(part, name) {
      const send = `kill -${name} "$(cat "$0")"`;
      Bun.spawnSync([...enter(), 'sh', '-c', send, join(folder, 'pid', part)]);
    },
    async hold(part) {
      await writeFile(join(folder, 'hold', part), '');
      await until(async () => {
        const number = await numberOf(part);
        if (number !== null) await node.run(['kill', '-KILL', number]);
        return number === null;
      });
    },
    async letRun(part) {
      await rm(join(folder, 'hold', part), { force: true });
      await until(async () => hasEnded() || (await numberOf(part)) !== null);
    },
    async end() {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
  try {
    await until(async () => {
      first = Number.parseInt(await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'), 10);
      return hasEnded() || (first > 0 && (await isFirst(first)));
    });
    await linkTo(first, slot);
  } catch (error) {
    await node.end();
    throw error;
  }
  return node;
}

/** Before that it is still on its way there. */
const isFirst = async (number: number): Promise<boolean> =>
  (await readFile(`/proc/${number}/cmdline`, 'utf8')).includes(firstProcess);
