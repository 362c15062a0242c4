import { describe, expect, test } from 'bun:test';
import { readableRecords } from '#src/app/readable-records.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { memoryWorld } from '../actors/memory-ports.ts';
import { admitted, cancelRequested } from '../machines/execution-events.ts';
import { accepted, given } from '../machines/given.ts';
import { newBinary, oldBinary } from '../machines/next-version.ts';

async function stored(record: SagaRecord, machines = newBinary) {
  const { records } = memoryWorld();
  await records.insert(record);
  const readable = readableRecords(records, machines);
  const page = await readable.find('execution', {});
  return {
    raw: await records.load('execution', 'run-1'),
    read: await readable.load('execution', 'run-1'),
    page,
  };
}

describe('a record that views read', () => {
  test('has the shape of the present version, though an older one wrote it', async () => {
    const { record } = given(admitted(), cancelRequested());
    const { raw, read, page } = await stored(record);
    expect(raw).toMatchObject({ state: 'stopping', machineVersion: 1 });
    expect(read).toMatchObject({ state: 'halting', snapshot: { context: { admissions: 1 } } });
    expect(page.rows).toEqual(read === null ? [] : [read]);
  });

  test('is as it was written where only a newer version understands it, or nothing does', async () => {
    for (const [record, machines] of [
      [{ ...accepted(), machineVersion: 2 }, oldBinary],
      [{ ...accepted(), machineVersion: 0 }, newBinary],
      [{ ...accepted(), machine: 'execution', machineVersion: 1 }, oldBinary],
    ] as const) {
      const { raw, read } = await stored(record, machines);
      expect(read === null || raw === null).toBe(false);
      expect(JSON.stringify(read)).toBe(JSON.stringify(raw));
    }
  });
});
