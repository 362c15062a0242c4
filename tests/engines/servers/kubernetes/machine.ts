// What a node borrows from this machine: a branch of each control group, a link to it with two routes, a number that tells it from
// other nodes. All is given back at its end, and what a killed process left is cleared by the next with that number.
import { mkdir, readdir, readFile, realpath, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { until } from '#tests/support/until.ts';

import { attempt, type Lock, lock, run } from './command.ts';

export interface Addresses {
  /** Of the node, also the API server's. */
  node: string;
  /** This machine as the node sees it: all the outside there is. */
  host: string;
  pods: string;
  services: string;
  apiService: string;
  nameService: string;
}

export interface Slot {
  addresses: Addresses;
  /** Below the root of each hierarchy. */
  group: string;
  link: string;
  /** Of this node alone; empty at its start. */
  folder: string;
  lock: Lock;
}

const slotsMax = 16;
const groupsRoot = '/sys/fs/cgroup';

/** The first number that nobody else on this machine has. */
export async function takeSlot(home: string): Promise<Slot> {
  for (let number = 0; number < slotsMax; number += 1) {
    const held = await lock(join(home, `slot-${number}`), false);
    if (held === null) continue;
    const slot = {
      addresses: {
        node: `10.201.${number}.1`,
        host: `10.201.${number}.254`,
        pods: `10.211.${number}.0/24`,
        services: `10.221.${number}.0/24`,
        apiService: `10.221.${number}.1`,
        nameService: `10.221.${number}.10`,
      },
      group: `greenroom-node-${number}`,
      link: `greenroom${number}`,
      folder: join(home, `node-${number}`),
      lock: held,
    };
    await giveBack(slot);
    return slot;
  }
  throw new Error(`${slotsMax} test nodes run already`);
}

/** Answers the folders that the node's first process joins. */
export async function makeGroups({ group }: Slot): Promise<string[]> {
  const joined: string[] = [];
  for (const tree of await trees()) {
    const folders = [join(tree, group), join(tree, group, 'system')];
    for (const folder of folders) {
      await mkdir(folder, { recursive: true });
      // A group of processors without any cannot be joined.
      for (const file of ['cpuset.cpus', 'cpuset.mems']) {
        if (await exists(join(folder, file)))
          await writeFile(join(folder, file), await readFile(join(tree, file)));
      }
    }
    joined.push(join(tree, group, 'system'));
  }
  return joined;
}

/** `first`: the first process of the node. */
export async function linkTo(first: number, { link, addresses }: Slot): Promise<void> {
  await run(['ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'node0', 'netns', String(first)]);
  await run(['ip', 'address', 'add', `${addresses.host}/24`, 'dev', link]);
  await run(['ip', 'link', 'set', link, 'up']);
  for (const network of [addresses.pods, addresses.services]) {
    await run(['ip', 'route', 'add', network, 'via', addresses.node]);
  }
}

/** Once nothing runs in the node any more; also what nobody gave back. */
export async function giveBack({ group, link, folder }: Omit<Slot, 'lock'>): Promise<void> {
  await attempt(['ip', 'link', 'delete', link]);
  const branches = (await trees()).map((tree) => join(tree, group));
  await until(async () => (await Promise.all(branches.map(removed))).every(Boolean), 15_000);
  await rm(folder, { recursive: true, force: true });
}

async function trees(): Promise<string[]> {
  if (await exists(join(groupsRoot, 'cgroup.controllers'))) {
    throw new Error('the test node is made for control groups of version 1, one hierarchy a controller');
  }
  const names = await readdir(groupsRoot);
  const found = names.map((name) => join(groupsRoot, name, 'cgroup.procs'));
  const there = await Promise.all(found.map(exists));
  const folders = names
    .filter((_name, index) => there[index])
    .map((name) => realpath(join(groupsRoot, name)));
  const all = [...new Set(await Promise.all(folders))];
  return all;
}

/** The folders within first. */
async function removed(folder: string): Promise<boolean> {
  if (!(await exists(folder))) return true;
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) {
    if (entry.isDirectory() && !(await removed(join(folder, entry.name)))) return false;
  }
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
