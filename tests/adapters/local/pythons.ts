// The Pythons of this machine, for tests that must hold on the oldest and the newest.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findInterpreters, type Interpreter } from '#src/adapters/local/interpreters.ts';
import { cleanEnvironment } from '#src/adapters/local/sandbox.ts';

export async function pythonsHere(): Promise<Interpreter[]> {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-pythons-'));
  try {
    return await findInterpreters([], join(folder, 'interpreters.json'), cleanEnvironment);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function oldestAndNewest(): Promise<Interpreter[]> {
  const all = await pythonsHere();
  const ends = [all[0], all.at(-1)].filter((one) => one !== undefined);
  return [...new Set(ends)];
}
