// Dead letters among the roles that keep them: three kinds of failure told apart, one letter each, sent again to those who
// failed and to nobody else. The process that keeps letters is another one than the orchestrator's.
import { afterEach, describe, expect, test } from 'bun:test';
import type { DomainEvent } from '#src/domain/events.ts';
import { letterMessageBytesMax } from '#src/domain/sizes.ts';
import {
  ask,
  boot,
  broken,
  count,
  dayMs,
  decide,
  drainAll,
  group,
  installation,
  letter,
  letterId,
  letters,
  listening,
  news,
  well,
} from './letter-stage.ts';
import { acceptance, message } from './runs.ts';

afterEach(drainAll);

describe('three kinds of failure', () => {
  test('a handler that fails: three tries within two seconds, then one letter with its cause', async () => {
    const { world } = await installation();
    const { heard } = await listening(world, { security_violation: broken });
    await world.bus.publish([news]);
    await world.clock.advance(900);
    expect([heard.length, letters(world)]).toEqual([2, []]);
    await world.clock.advance(1_100);
    expect(letter(world)).toMatchObject({ id: letterId, state: 'manual' });
    expect(letter(world).fields).toMatchObject({
      originalTopic: 'security_violation',
      key: 'user-1',
      group,
      error: 'Error: broken',
      retryCount: 0,
    });
    expect(letter(world).snapshot.context).toMatchObject({ message: news, tries: 3 });
    await world.clock.advance(600_000);
    expect(heard.length).toBe(3);
  });

  test('a poisoned message: a letter at once, and no handler ever sees it', async () => {
    const { world } = await installation();
    const { heard } = await listening(world, { security_violation: well });
    await world.bus.publish([{ ...news, payload: { user_id: 7 } } as unknown as DomainEvent]);
    await world.clock.settle();
    await world.clock.settle();
    expect([heard, letter(world).state]).toEqual([[], 'manual']);
    expect(letter(world).snapshot.context).toMatchObject({ tries: 1, message: { payload: { user_id: 7 } } });
  });

  test('a message for which a letter has no room: its letter tells all but the payload, and nobody can send it', async () => {
    const { world } = await installation({ kind: 'immediate', retriesMax: 1 });
    await listening(world, { security_violation: broken });
    const large = { ...news, payload: { ...news.payload, details: 'x'.repeat(letterMessageBytesMax) } };
    await world.bus.publish([large as DomainEvent]);
    await world.clock.advance(3_000);
    const { payload: _, ...head } = JSON.parse(JSON.stringify(news));
    expect(letter(world).snapshot.context.message).toEqual(head);
    await world.clock.advance(60_000);
    expect(letter(world).snapshot.context).toMatchObject({ error: 'No bus of this version can carry it' });
    expect(letters(world)).toHaveLength(1);
  });

  test('an outage: no try is used up and no letter is made, however long it lasts', async () => {
    const { world, keeper } = await installation();
    await keeper.sagas.start(acceptance('run-1'));
    await world.clock.advance(3_000);
    expect(world.stored.get('execution/run-1')?.state).toBe('starting');
    const running = message('pod_running', 'run-1', {
      execution_id: 'run-1',
      attempt: 1,
      pod_name: 'p',
      container_statuses: [],
    });
    world.fail('commit', 400);
    await world.bus.publish([running]);
    await world.clock.advance(60_000);
    expect([letters(world), world.stored.get('execution/run-1')?.state]).toEqual([[], 'starting']);
    world.fail('commit', 0);
    await world.clock.advance(10_000);
    expect([letters(world), world.stored.get('execution/run-1')?.state]).toEqual([[], 'running']);
  });

  test('a conflict of versions and a record of a newer version: no letter, and the message is taken in the end', async () => {
    const { world, keeper } = await installation();
    await keeper.sagas.start(acceptance('run-1'));
    await world.clock.advance(3_000);
    const record = world.stored.get('execution/run-1');
    if (record === undefined) throw new Error('the run is not there');
    const { machineVersion } = record;
    record.machineVersion = machineVersion + 1;
    record.version += 1;
    await world.bus.publish([message('pod_overdue', 'run-1', { execution_id: 'run-1', attempt: 1 })]);
    await world.clock.advance(30_000);
    expect([letters(world), world.stored.get('execution/run-1')?.state]).toEqual([[], 'starting']);
    // Another process, which knows the newer version, brings it back to what this one knows.
    const now = world.stored.get('execution/run-1') ?? record;
    now.machineVersion = machineVersion;
    world.between('load', () => {
      now.version += 1;
    });
    await world.clock.advance(10_000);
    expect([letters(world), world.stored.get('execution/run-1')?.state]).toEqual([[], 'stopping']);
  });

  test('stay what they are after a restart: every message comes again, and the letters are the same', async () => {
    const { world, keeper } = await installation();
    const failing = await listening(world, { security_violation: broken });
    const poison = { ...news, id: 'poison', payload: {} } as unknown as DomainEvent;
    await world.bus.publish([news, poison]);
    await world.clock.advance(3_000);
    const before = letters(world).map(({ id, state, version }) => [id, state, version]);
    expect(before.length).toBe(2);
    await failing.stop();
    await keeper.drain();
    // A new process begins at the beginning of every topic: all that came, comes again.
    await boot(world, ['dlq-processor']);
    await listening(world, { security_violation: broken });
    await world.clock.advance(5_000);
    expect(letters(world).map(({ id, state, version }) => [id, state, version])).toEqual(before);
  });
});

describe('a letter', () => {
  test('is sent again once on a double click, to those who failed and to nobody else', async () => {
    const { world, keeper } = await installation();
    const failing = await listening(world, { security_violation: broken });
    const others = await listening(world, { security_violation: well }, 'others');
    await world.bus.publish([news]);
    await world.clock.advance(3_000);
    await failing.stop();
    await ask(keeper, 1, 'click 1');
    await ask(keeper, 1, 'click 2');
    await world.clock.advance(1_000);
    const again = world.published.filter(({ type }) => type === 'security_violation').slice(1);
    expect(again.map(({ id, key, payload }) => [id, key, payload])).toEqual([
      [`${news.id}/redrive/1`, news.key, news.payload],
    ]);
    expect(letter(world).state).toBe('retrying');
    const mended = await listening(world, { security_violation: well });
    await world.clock.advance(1_000);
    expect(mended.heard).toEqual([news.id, `${news.id}/redrive/1`]);
    expect(others.heard).toEqual([news.id]);
    expect(letter(world)).toMatchObject({ state: 'retried', final: true, fields: { retryCount: 1 } });
    expect(count(world, 'dlq_message_retried')).toBe(1);
    const told = world.published.find(({ type }) => type === 'dlq_message_retried');
    expect(told?.payload).toMatchObject({ dlq_event_id: letterId, retry_topic: 'security_violation' });
  });

  test('whose message fails again is the same letter, and its policy is read anew', async () => {
    const { world, keeper } = await installation();
    await listening(world, { security_violation: broken });
    await world.bus.publish([news]);
    await world.clock.advance(3_000);
    await ask(keeper, 1, 'click');
    await decide(world, 'security_violation', { kind: 'scheduled', minuteOfDay: 60, retriesMax: 3 });
    await world.clock.advance(3_000);
    expect(letter(world)).toMatchObject({
      id: letterId,
      state: 'scheduled',
      fields: { retryCount: 1, policy: 'scheduled', error: 'Error: broken' },
    });
    expect(letter(world).snapshot.context.message).toEqual(JSON.parse(JSON.stringify(news)));
    expect(count(world, 'dlq_message_retried')).toBe(1);
  });

  test('of a poisoned message simply comes back', async () => {
    const { world, keeper } = await installation();
    await listening(world, { security_violation: well });
    await world.bus.publish([{ ...news, payload: {} } as unknown as DomainEvent]);
    await world.clock.advance(1_000);
    await ask(keeper, 1, 'click');
    await world.clock.advance(1_000);
    expect(letter(world)).toMatchObject({ state: 'manual', fields: { retryCount: 1 } });
  });

  test('of something that no bus can carry is left to people', async () => {
    const { world, keeper } = await installation();
    const announced = {
      dlq_event_id: 'd1',
      original_topic: 'of another version',
      original_event_type: 'of another version',
      error: '',
      retry_count: 0,
      producer_id: 'p',
      failed_at: '',
      group: 'g',
      redrive: 0,
      message: { ...news, type: 'of another version' },
    };
    await world.bus.publish([message('dlq_message_received', 'k', announced)]);
    await world.clock.advance(1_000);
    await ask(keeper, 1, 'click', 'd1');
    await world.clock.advance(1_000);
    expect(letter(world)).toMatchObject({
      state: 'manual',
      fields: { error: 'No bus of this version can carry it' },
    });
  });

  test('about a run that has ended is closed, and nothing of the run changes', async () => {
    const { world, keeper } = await installation();
    await keeper.sagas.start(acceptance('run-1'));
    await keeper.sagas.send('execution', 'run-1', 'cancel', {
      type: 'CANCEL_REQUESTED',
      by: 'user-1',
      reason: '',
    });
    await keeper.sagas.send('execution', 'run-1', 'sealed', {
      type: 'RESULT_FAILED',
      attempt: 1,
      words: 'none',
    });
    const poison = message('pod_overdue', 'run-1', {} as never);
    await world.bus.publish([poison]);
    await world.clock.advance(1_000);
    const run = JSON.stringify(world.stored.get('execution/run-1'));
    expect(JSON.parse(run).final).toBe(true);
    const { id } = letter(world);
    await ask(keeper, 1, 'click', id);
    await world.clock.advance(1_000);
    expect(letter(world)).toMatchObject({ state: 'closed', final: true });
    expect(world.published.some((event) => event.id === `${poison.id}/redrive/1`)).toBe(false);
    expect(world.published.find(({ type }) => type === 'dlq_message_discarded')?.payload).toMatchObject({
      dlq_event_id: id,
      reason: 'already ended',
    });
    expect(JSON.stringify(world.stored.get('execution/run-1'))).toBe(run);
  });

  test('of which nobody decides anything is discarded in the end', async () => {
    const { world } = await installation();
    await listening(world, { security_violation: broken });
    await world.bus.publish([news]);
    await world.clock.advance(3_000);
    const { nextDeadline } = letter(world);
    expect(nextDeadline).toBe(letter(world).createdAt + 90 * dayMs);
  });
});
