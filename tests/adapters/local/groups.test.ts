// Control groups of both versions, the second in a folder that looks like one: what is written where.
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openGroups } from '#src/adapters/local/groups.ts';

const overheadBytes = 24 * 1024 * 1024;
let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'greenroom-groups-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const written = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

test('version 2: controllers are handed down, and one folder holds all limits', async () => {
  await writeFile(join(root, 'cgroup.controllers'), 'cpu memory pids');
  const groups = await openGroups('abc', root);
  expect(groups?.version).toBe(2);
  for (const folder of ['.', 'greenroom', 'greenroom/abc']) {
    expect(await written(`${folder}/cgroup.subtree_control`)).toBe('+memory +pids +cpu');
  }
  const group = await groups?.create('pod', { memoryBytes: 1_000_000, processesMax: 10, cpuMillis: null });
  expect(group?.joins).toEqual([join(root, 'greenroom/abc/pod')]);
  expect(group?.counters.oom).toBe(join(root, 'greenroom/abc/pod/memory.events'));
  expect(await written('greenroom/abc/pod/memory.max')).toBe(String(1_000_000 + overheadBytes));
  expect(await written('greenroom/abc/pod/pids.max')).toBe('14');
  expect(await Bun.file(join(root, 'greenroom/abc/pod/cpu.max')).exists()).toBe(false);
  await group?.limit({ memoryBytes: 500_000, processesMax: 5, cpuMillis: 1_500 });
  expect(await written('greenroom/abc/pod/cpu.max')).toBe('150000 100000');
  expect(await written('greenroom/abc/pod/memory.max')).toBe(String(500_000 + overheadBytes));
});

test('version 1: each controller has its own tree', async () => {
  for (const controller of ['memory', 'pids', 'cpu', 'cpuacct']) await mkdir(join(root, controller));
  const groups = await openGroups('abc', root);
  expect(groups?.version).toBe(1);
  const group = await groups?.create('pod', { memoryBytes: 1_000_000, processesMax: 10, cpuMillis: 250 });
  expect(group?.joins).toHaveLength(4);
  expect(await written('memory/greenroom/abc/pod/memory.limit_in_bytes')).toBe(
    String(1_000_000 + overheadBytes),
  );
  expect(await written('pids/greenroom/abc/pod/pids.max')).toBe('14');
  expect(await written('cpu/greenroom/abc/pod/cpu.cfs_quota_us')).toBe('25000');
});

test('where there are none, there are none', async () => {
  expect(await openGroups('abc', root)).toBeNull();
});

test('where they may not be written, there are none', async () => {
  await mkdir(join(root, 'memory'));
  expect(await openGroups('abc', root)).toBeNull();
});
