import { describe, expect, test } from 'bun:test';
import { readdir } from 'node:fs/promises';
import { machineNamed } from '#machines/registry.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { samples } from './explore.ts';
import { deliver } from './given.ts';
import { charts, goldenFolder, snapshots } from './golden.ts';

const advice = 'look at the change, then write it with: bun tests/machines/write-golden.ts';

async function golden(path: string): Promise<unknown> {
  const file = Bun.file(new URL(path, goldenFolder));
  if (!(await file.exists())) throw new Error(`${path} is missing; ${advice}`);
  return file.json();
}

const plain = (content: unknown): unknown => JSON.parse(JSON.stringify(content));

describe('golden charts', () => {
  for (const [path, content] of charts()) {
    test(`${path} shows the machine as it is (else ${advice})`, async () => {
      expect(plain(content)).toEqual(await golden(path));
    });
  }
});

describe('golden snapshots', () => {
  for (const [path, content] of snapshots()) {
    test(`${path} is what this version writes (else raise the version and add an upcaster)`, async () => {
      expect(plain(content)).toEqual(await golden(path));
    });
  }

  test('a record of every state and version that ever was can still be stepped', async () => {
    const folder = new URL('snapshots/', goldenFolder);
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.json'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const record: SagaRecord = await Bun.file(new URL(file, folder)).json();
      if (machineNamed(record.machine) === null) throw new Error(`${file} is of a machine that is gone`);
      for (const event of samples[record.machine]?.events(record) ?? []) {
        const { kind } = deliver(record, event);
        expect([file, event.type, kind]).not.toEqual([file, event.type, 'quarantined']);
        expect([file, event.type, kind]).not.toEqual([file, event.type, 'newer']);
      }
    }
  });
});
