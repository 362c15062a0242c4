// Deleting a record: only an ended one, and nothing that somebody wrote is left in it.
import { describe, expect, test } from 'bun:test';
import { deleted, erased } from '#machines/deleted.ts';
import { machineNamed, machineNames } from '#machines/registry.ts';
import { remove } from '#machines/step.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { explore } from './explore.ts';
import { startedAt } from './given.ts';

const day = 86_400_000;
const later = startedAt + 50_000;

const recordsOf = (name: string): SagaRecord[] => {
  const machine = machineNamed(name);
  if (machine === null) throw new Error(`${name} is named but not there`);
  return [...explore(machine).values()].map(({ record }) => record);
};

for (const name of machineNames) {
  describe(`a deleted ${name}`, () => {
    const all = recordsOf(name);
    const ended = all.filter(({ final }) => final);

    test('had ended: an unfinished one stays as it is', () => {
      const unfinished = all.filter(({ final }) => !final);
      expect(unfinished.length).toBeGreaterThan(0);
      for (const record of unfinished) expect(remove(record, later)).toEqual({ kind: 'unchanged' });
    });

    test('keeps its state and no content', () => {
      expect(ended.length).toBeGreaterThan(0);
      for (const record of ended) {
        const gone = deleted({ ...record, fields: { ...record.fields, firstLine: 'print(1)' } }, later);
        expect(gone).toMatchObject({ version: record.version + 1, state: record.state, deletedAt: later });
        expect(gone).toMatchObject({ snapshot: { value: record.state, context: {} }, turns: [] });
        expect(gone?.fields).not.toHaveProperty('firstLine');
      }
    });

    test('says what it had not said, and nothing again', () => {
      for (const record of ended.filter(({ outbox }) => outbox.length > 0)) {
        const half = { ...record, sentThrough: record.nextRow - 2 };
        expect(deleted(half, later)?.outbox.map(({ n }) => n)).toEqual([record.nextRow - 1]);
        const sent = { ...record, sentThrough: record.nextRow - 1 };
        expect(deleted(sent, later)?.outbox).toEqual([]);
      }
    });

    test('is deleted once', () => {
      for (const record of ended) {
        const gone = deleted(record, later);
        if (gone === null) throw new Error('an ended record was not deleted');
        expect(deleted(gone, later)).toBeNull();
        expect(deleted(erased(gone), later)).toBeNull();
      }
    });
  });
}

describe('what a deleted run still keeps', () => {
  const [run] = recordsOf('execution').filter(({ final, fields }) => final && Number(fields.cpuMs) > 0);
  const after = (more: SagaRecord['fields']): SagaRecord['fields'] => {
    if (run === undefined) throw new Error('no run used any processor');
    return deleted({ ...run, fields: { ...run.fields, ...more } }, later)?.fields ?? {};
  };

  test('counts for a day after its end', () => {
    const { userId, endedAt, cpuMs } = run?.fields ?? {};
    const at = run?.at ?? 0;
    expect(after({})).toEqual({ userId, endedAt, cpuMs, keptUntil: at + day } as SagaRecord['fields']);
  });

  test('a key that makes a request happen once is kept as long as it holds', () => {
    const keyUntil = later + 3 * day;
    expect(after({ keyDigest: 'd', keyUntil })).toMatchObject({
      keyDigest: 'd',
      keyUntil,
      keptUntil: keyUntil,
    });
  });
});
