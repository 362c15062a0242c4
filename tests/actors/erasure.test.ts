// What goes with a deleted run and what stays, on the embedded engines and a clock that passes when a test says so.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { lastWords } from '#actors/dead-letters.ts';
import { intake } from '#actors/dlq-processor/intake.ts';
import { policiesOf } from '#actors/dlq-processor/policies.ts';
import { erasure } from '#actors/saga-orchestrator/erasure.ts';
import { turnsArchive } from '#actors/saga-orchestrator/turns-archive.ts';

import { turnsCollection } from '#src/domain/archived-turn.ts';
import { deadLetterMachineName } from '#src/domain/dead-letter.ts';
import type { EventOf } from '#src/domain/events.ts';
import { inputsCollection, runEventsCollection } from '#src/domain/run-collections.ts';
import { until } from '#tests/support/until.ts';
import { type EmbeddedStage, embeddedStage } from './embedded-stage.ts';
import { keepRunEvents } from './run-events.ts';
import { acceptance, message } from './runs.ts';

const day = 86_400_000;
const turn = { number: 1, at: 1, cause: 'c', event: { type: 'ADMITTED' }, from: 'queued', to: 'starting' };

let clock: EmbeddedStage['clock'];
let engines: EmbeddedStage['engines'];
let ports: EmbeddedStage['ports'];
let kernel: EmbeddedStage['kernel'];
let close: EmbeddedStage['close'];
let stop: AbortController;
let running: Promise<void>;
beforeEach(async () => {
  ({ clock, engines, ports, kernel, close } = await embeddedStage());
  await keepRunEvents(ports);
  stop = new AbortController();
  running = erasure(ports, kernel).run({ signal: stop.signal, ready: () => undefined });
});
afterEach(async () => {
  stop.abort();
  await running;
  await close();
});

const collections = [inputsCollection, turnsCollection, runEventsCollection];

/** A run that ended, with a part of it in every store. */
async function ended(id: string, more: { fields?: Record<string, number> } = {}): Promise<void> {
  await engines.documents.collection(inputsCollection).insert(id, { script: 'print(1)' });
  await kernel.start({ ...acceptance(id), ...more });
  const frame = { number: 0, channel: 'stdout' as const, at: 1, data: Buffer.from('secret') };
  await engines.outputLog.append(id, 1, [{ kind: 'frame', frame }]);
  await archive(id);
  await kernel.send('execution', id, 'cancel', { type: 'CANCEL_REQUESTED', by: 'user-1', reason: 'no need' });
  await kernel.send('execution', id, 'failed', { type: 'RESULT_FAILED', attempt: 1, words: 'nothing there' });
  await kernel.settled();
  await until(async () => (await parts(id)) === 'inputs turns run-events output');
}

async function archive(id: string): Promise<void> {
  const payload = { saga_id: id, saga_name: 'execution', turns: [{ ...turn, effects: [] }] };
  const event = message('saga_turns_archived', id, payload) as EventOf<'saga_turns_archived'>;
  await turnsArchive(ports).saga_turns_archived?.(event);
}

/** Where something of the run is. */
async function parts(id: string): Promise<string> {
  const names: string[] = [];
  for (const spec of collections) {
    const { rows } = await engines.documents.collection(spec).find({ limit: 100 });
    if (rows.some((row) => JSON.stringify(row).includes(id))) names.push(spec.name);
  }
  if ((await engines.outputLog.read(id, 1, 0)).frames.length > 0) names.push('output');
  return names.join(' ');
}

const isErased = (id: string) => async (): Promise<boolean> =>
  (await engines.records.load('execution', id))?.fields.erased === true;

describe('the erasure', () => {
  test('removes everything of a deleted run, and nothing of another', async () => {
    await ended('gone');
    await ended('kept');
    expect(await kernel.delete('execution', 'gone')).toBe('deleted');
    await until(isErased('gone'));
    await until(async () => (await parts('gone')) === '');
    expect(await parts('kept')).toBe('inputs turns run-events output');
  });

  test('closes and deletes the dead letters of the run', async () => {
    await ended('gone');
    const about = (id: string, key: string) => {
      const given = message('pod_overdue', key, { execution_id: key, attempt: 1 }, { id });
      const at = clock.now();
      const failed = { error: new Error('no'), tries: 3, group: 'g', serviceVersion: '1', projection: false };
      const [letter] = lastWords({ ...failed, event: given, at });
      if (letter?.type !== 'dlq_message_received') throw new Error('no letter');
      return intake(kernel, policiesOf(ports)).dlq_message_received?.(letter);
    };
    await about('m1', 'gone');
    await about('m2', 'kept');
    await kernel.delete('execution', 'gone');
    await until(isErased('gone'));
    const { rows } = await engines.records.find(deadLetterMachineName, {});
    const found = rows.map(({ state, snapshot, deletedAt }) => [
      state,
      snapshot.context.key,
      deletedAt !== null,
    ]);
    expect(found.toSorted()).toEqual([
      ['discarded', undefined, true],
      ['manual', 'kept', false],
    ]);
  });

  test('goes on where an earlier process died, without a hint', async () => {
    stop.abort();
    await running;
    await ended('gone');
    await kernel.delete('execution', 'gone');
    await engines.outputLog.remove('gone');
    expect(await parts('gone')).toBe('inputs turns run-events');
    stop = new AbortController();
    running = erasure(ports, kernel).run({ signal: stop.signal, ready: () => undefined });
    await until(isErased('gone'));
    await until(async () => (await parts('gone')) === '');
  });

  test('lets the record itself go when its key and its day are over', async () => {
    await ended('gone', { fields: { keyUntil: clock.now() + 2 * day } });
    await kernel.delete('execution', 'gone');
    await until(isErased('gone'));
    await clock.advance(2 * day - 60_000);
    expect(await engines.records.load('execution', 'gone')).not.toBeNull();
    await clock.advance(180_000);
    await until(async () => (await engines.records.load('execution', 'gone')) === null);
  });

  test('leaves no place to what arrives afterwards', async () => {
    await ended('gone');
    await kernel.delete('execution', 'gone');
    await until(isErased('gone'));
    await archive('gone');
    const late = { execution_id: 'gone', attempt: 1 };
    await engines.bus.publish([message('pod_overdue', 'gone', late, { id: 'late' })]);
    const events = engines.documents.collection(runEventsCollection);
    await engines.bus.publish([message('pod_overdue', 'other', late, { id: 'last' })]);
    const group = {
      group: 'run-events-done',
      topics: ['pod_overdue'] as const,
      handle: async () => undefined,
    };
    const heard = await engines.bus.subscribe(group);
    await until(async () => (await heard.lag()) === 0);
    await until(async () => (await events.count({})) === 0);
    await until(async () => (await parts('gone')) === '');
  });
});

describe('deleting', () => {
  test('is refused while the run has not ended, and done once', async () => {
    await kernel.start(acceptance('young'));
    expect(await kernel.delete('execution', 'young')).toBe('unfinished');
    expect(await kernel.delete('execution', 'nobody')).toBe('absent');
    await ended('old');
    const outcomes = await Promise.all([1, 2, 3].map(() => kernel.delete('execution', 'old')));
    expect(outcomes.toSorted()).toEqual(['absent', 'absent', 'deleted']);
  });
});
