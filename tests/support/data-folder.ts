// A data folder of its own for one test, in memory where the system has such a place: tests do not wait for a disk.
import { constants } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DataFolder {
  path: string;
  remove(): Promise<void>;
}

export async function dataFolder(): Promise<DataFolder> {
  const path = await mkdtemp(join(await quickPlace(), 'greenroom-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

const inMemory = '/dev/shm';

const quickPlace = (): Promise<string> =>
  access(inMemory, constants.W_OK).then(
    () => inMemory,
    () => tmpdir(),
  );
