import { describe, expect, test } from 'bun:test';
import { Value } from '@sinclair/typebox/value';
import { inboxTypes, letterOf } from '#actors/saga-orchestrator/inbox.ts';
import { turnsArchive } from '#actors/saga-orchestrator/turns-archive.ts';
import { machineNamed } from '#machines/registry.ts';
import { type ArchivedTurn, turnsCollection } from '#src/domain/archived-turn.ts';
import { eventPayloads } from '#src/domain/event-payloads.ts';
import type { EventOf, EventType } from '#src/domain/events.ts';
import { accepted } from '../machines/given.ts';
import { summary as emptySummary, exit as goodExit } from './instant-pods.ts';
import { memoryWorld } from './memory-ports.ts';
import { message } from './runs.ts';

const ofAttempt = { execution_id: 'run-1', attempt: 2 };
const ofPod = { ...ofAttempt, pod_name: 'pod' };
const exit = { ...goodExit, exitCode: 3 };
const summary = { ...emptySummary, last: 4, sha256: 'x' };

const samples: { [Type in (typeof inboxTypes)[number]]: EventOf<Type>['payload'] } = {
  pod_created: { ...ofPod, namespace: 'n', warm: true },
  pod_running: { ...ofPod, container_statuses: [] },
  pod_terminated: { ...ofPod, exit_code: 3, reason: null, message: null, exit, last: 4 },
  pod_lost: { ...ofAttempt, words: 'node gone', by_our_drain: false },
  pod_unstartable: { ...ofAttempt, words: 'no such image', retryable: false },
  pod_overdue: ofAttempt,
  pod_deleted: { ...ofPod, reason: null },
  result_sealed: { ...ofAttempt, exit, summary },
  result_failed: { ...ofAttempt, storage_type: null, words: 'no space' },
  effect_failed: { ...ofAttempt, effect: 'create_pod_command', words: 'refused' },
};

describe('the inbox', () => {
  test.each(inboxTypes.map((type) => [type]))('makes of %s an event that the machine understands', (type) => {
    const given = message(type, 'run-1', samples[type]);
    expect(Value.Check(eventPayloads[type], given.payload)).toBe(true);
    const letter = letterOf(given);
    const schema = machineNamed('execution')?.events[letter?.event.type ?? ''];
    if (letter === null || schema === undefined) throw new Error('nothing came of it');
    expect([letter.execution, letter.event.attempt]).toEqual(['run-1', 2]);
    expect(Value.Check(schema, { ...letter.event, at: 1 })).toBe(true);
  });

  test('is not for any other type', () => {
    const others = (Object.keys(eventPayloads) as EventType[]).filter(
      (type) => !inboxTypes.some((mine) => mine === type),
    );
    expect(others.length).toBeGreaterThan(50);
    for (const type of others) {
      const given = {
        id: 'm',
        type,
        at: 1,
        key: 'run-1',
        payload: {},
        metadata: { service: 's', serviceVersion: '1' },
      };
      expect(letterOf(given as unknown as Parameters<typeof letterOf>[0])).toBeNull();
    }
  });
});

describe('archived turns', () => {
  test('are kept once each, found by machine, record and number', async () => {
    const world = memoryWorld();
    const turn = {
      number: 7,
      at: 1,
      cause: 'c',
      event: { type: 'ADMITTED', attempt: 1 },
      from: 'queued',
      to: 'starting',
      effects: [],
    };
    await world.records.insert(accepted());
    const { saga_turns_archived: keep } = turnsArchive(world);
    const payload = { saga_id: 'run-1', saga_name: 'execution', turns: [turn, { ...turn, number: 8 }] };
    const given = { ...message('saga_turns_archived', 'run-1', payload) } as EventOf<'saga_turns_archived'>;
    await keep?.(given);
    await keep?.(given);
    const kept = await world.documents.collection<ArchivedTurn>(turnsCollection).find({});
    expect(kept.rows.map(({ id, version }) => [id, version])).toEqual([
      ['execution:run-1:7', 1],
      ['execution:run-1:8', 1],
    ]);
    expect(kept.rows[0]?.body).toEqual({ machine: 'execution', record: 'run-1', number: 7, turn });
  });

  test('without their form are a fault of the message', async () => {
    const { saga_turns_archived: keep } = turnsArchive(memoryWorld());
    const payload = { saga_id: 'run-1', saga_name: 'execution', turns: [{ number: 'seven' }] };
    const given = message('saga_turns_archived', 'run-1', payload) as EventOf<'saga_turns_archived'>;
    expect(keep?.(given)).rejects.toMatchObject({ kind: 'validation' });
  });
});
