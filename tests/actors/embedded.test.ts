// The actors on real engines: what the tests in memory say of them holds on a store and a bus that really keep things.
import { describe, expect, test } from 'bun:test';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { until } from '#tests/support/until.ts';
import { type EmbeddedProcess, embeddedProcess } from './embedded-process.ts';
import { acceptance, message } from './runs.ts';

async function ended({ ports }: EmbeddedProcess, id: string): Promise<SagaRecord> {
  const { promise: until, resolve } = Promise.withResolvers<SagaRecord>();
  const look = async (): Promise<void> => {
    const record = await ports.records.load('execution', id);
    if (record?.final === true) resolve(record);
  };
  const leave = ports.liveFeed.subscribe(`run:${id}`, () => void look());
  await look();
  return until.finally(leave);
}

describe('on the embedded engines', () => {
  test('a run goes from acceptance to its end, gives its slot back and leaves nothing unsent', async () => {
    const here = await embeddedProcess();
    await here.system.sagas.start(acceptance('run-1'));
    const record = await ended(here, 'run-1');
    expect([record.state, record.fields.reason]).toEqual(['completed', 'exited']);
    expect(await here.ports.records.held('slot:')).toEqual([]);
    await here.close();
  });

  test('many runs of one user pass through few slots, each exactly once', async () => {
    const here = await embeddedProcess({ concurrentMax: 4, concurrentPerUserMax: 3 });
    const ids = Array.from({ length: 60 }, (_, index) => `run-${index}`);
    await Promise.all(ids.map((id) => here.system.sagas.start(acceptance(id))));
    const records = await Promise.all(ids.map((id) => ended(here, id)));
    expect(records.every(({ state }) => state === 'completed')).toBe(true);
    const admissions = records.map(
      ({ turns }) => turns.filter(({ event }) => event.type === 'ADMITTED').length,
    );
    expect(admissions.every((count) => count === 1)).toBe(true);
    await here.close();
    expect(here.system.ready()).toEqual({ 'saga-orchestrator': false, 'dlq-processor': false });
  });

  test('a poisoned message is one letter, found by its fields, and comes back to it when it is sent again', async () => {
    const here = await embeddedProcess();
    const { ports, system } = here;
    const letters = async (retryCount: number): Promise<SagaRecord[]> => {
      const where = { status: 'manual', originalTopic: 'saga_turns_archived', key: 'nobody', retryCount };
      const sort = { field: 'failedAt', direction: 'descending' } as const;
      return (await ports.records.find('dead-letter', { where, sort, limit: 10 })).rows;
    };
    const poison = message('saga_turns_archived', 'nobody', {} as never);
    await ports.bus.publish([poison, poison]);
    await until(async () => (await letters(0)).length > 0);
    const [letter, ...more] = await letters(0);
    expect([letter?.id, more]).toEqual([`${poison.id}/dead/saga-orchestrator`, []]);
    const asked = { type: 'RETRY_REQUESTED', redrive: 1, by: 'admin-1', reason: 'again' };
    await system.sagas.send('dead-letter', letter?.id ?? '', 'click', asked);
    await until(async () => (await letters(1)).length === 1);
    expect(await ports.records.count('dead-letter', {})).toBe(1);
    await here.close();
  });
});
