// What the embedded engines do beyond the ports: indexes that come later, plans that use them, leases after a restart.
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { openConnection } from '#src/adapters/embedded/database.ts';
import { embeddedDocuments } from '#src/adapters/embedded/documents.ts';
import { migrate } from '#src/adapters/embedded/migrations.ts';
import { findPage } from '#src/adapters/embedded/pages.ts';
import { recordSource } from '#src/adapters/embedded/record-row.ts';
import { openWriter } from '#src/adapters/embedded/writer.ts';
import type { CollectionSpec } from '#src/ports/documents.ts';
import type { Query } from '#src/ports/filter.ts';
import { outboxChannel } from '#src/ports/live-feed.ts';
import { sampleEvent } from '#tests/contract/sample-event.ts';
import { dataFolder } from '#tests/support/data-folder.ts';
import { withEngines } from './opened.ts';

interface Note {
  owner?: string;
  tags?: string[];
}

test(
  'a field that is indexed by a later version is found in what was there before',
  withEngines(async ({ engines, reopened }) => {
    const before = engines.documents.collection<Note>({ name: 'notes', indexes: [{ fields: ['owner'] }] });
    await before.insert('a', { owner: 'ada', tags: ['x', 'y'] });
    await before.insert('b', { owner: 'bob' });
    const { documents } = await reopened();
    const after = documents.collection<Note>({
      name: 'notes',
      indexes: [{ fields: ['tags'] }, { fields: ['owner'], unique: true }],
    });
    const ids = (await after.find({ where: { tags: 'y' } })).rows.map((row) => row.id);
    expect(ids).toEqual(['a']);
    expect(await after.insert('c', { owner: 'ada' })).toEqual({ kind: 'taken', fields: ['owner'] });
  }),
);

test(
  'what an index no longer names stays right when it is named again',
  withEngines(async ({ engines, reopened }) => {
    const open = (documents: typeof engines.documents, fields: string[]) =>
      documents.collection<Note>({ name: 'notes', indexes: fields.map((field) => ({ fields: [field] })) });
    await open(engines.documents, ['owner']).insert('a', { owner: 'ada' });
    await open((await reopened()).documents, []).change('a', { set: { owner: 'bob' } });
    const again = open((await reopened()).documents, ['owner']);
    expect(await again.count({ owner: 'bob' })).toBe(1);
    expect(await again.count({ owner: 'ada' })).toBe(0);
  }),
);

test('what is kept in order is answered before a sync, which it costs none of', async () => {
  const folder = await dataFolder();
  const connection = openConnection(join(folder.path, 'documents.db'));
  migrate(connection, 0);
  let syncs = 0;
  const writer = openWriter(connection, async () => {
    syncs += 1;
  });
  const documents = embeddedDocuments(connection, writer, () => undefined);
  const countOf = async (spec: CollectionSpec): Promise<number> => {
    const notes = documents.collection<Note>(spec);
    const before = syncs;
    expect(await notes.insert('a', { owner: 'ada' })).toEqual({ kind: 'inserted' });
    expect(await notes.insert('a', { owner: 'ada' })).toEqual({ kind: 'exists' });
    expect(await notes.change('a', { set: { owner: 'bob' } })).toMatchObject({ kind: 'changed' });
    expect([await notes.remove('b'), await notes.removeWhere({ owner: 'bob' }, 5)]).toEqual([false, 1]);
    return syncs - before;
  };
  expect(await countOf({ name: 'notes', indexes: [], durability: 'in-order' })).toBe(0);
  expect(await countOf({ name: 'others', indexes: [] })).toBe(5);
  await writer.close();
  connection.close();
  await folder.remove();
});

test(
  'a change that does not fit is refused and reaches no prototype',
  withEngines(async ({ engines: { documents } }) => {
    const notes = documents.collection<Note>({ name: 'notes', indexes: [] });
    await notes.insert('a', { owner: 'ada' });
    const changes = [
      { push: { owner: 'x' } },
      { inc: { owner: 1 } },
      { set: { 'owner.name': 'x' } },
      { set: { '__proto__.polluted': true } },
      { unset: ['constructor.prototype.toString'] },
    ];
    for (const change of changes) {
      await expect(notes.change('a', change)).rejects.toMatchObject({ kind: 'invalid_state' });
    }
    expect(await notes.get('a')).toEqual({ id: 'a', version: 1, body: { owner: 'ada' } });
    expect(Object.keys(Object.prototype)).toEqual([]);
  }),
);

test(
  'after a restart every lease is free, and its term grows on',
  withEngines(async ({ engines, reopened }) => {
    const first = await engines.leases.acquire('scheduler', 'a', 60_000);
    const { leases } = await reopened();
    expect(await leases.current('scheduler')).toBeNull();
    const second = await leases.acquire('scheduler', 'b', 60_000);
    expect(second?.term ?? 0).toBeGreaterThan(first?.term ?? Number.POSITIVE_INFINITY);
  }),
);

const hot: readonly [string, Query, string][] = [
  [
    'the queue',
    { where: { state: 'queued' }, sort: { field: 'at', direction: 'ascending' } },
    'records_by_state',
  ],
  [
    'the runs of a user',
    {
      where: { userId: 'u', deletedAt: { exists: false } },
      sort: { field: 'createdAt', direction: 'descending' },
    },
    'records_by_user',
  ],
  ['all runs', { sort: { field: 'createdAt', direction: 'descending' } }, 'records_by_creation'],
  ['what is overdue', { where: { nextDeadline: { lt: 5 } } }, 'records_by_deadline'],
  ['runs that hold a slot', { where: { heldCount: { gt: 0 } } }, 'records_by_held'],
];

for (const [words, query, index] of hot) {
  test(
    `finding ${words} uses an index: ${index}`,
    withEngines(async ({ dataDir, reopened }) => {
      await reopened();
      const connection = openConnection(join(dataDir, 'greenroom.db'));
      const plans: string[] = [];
      const explaining = {
        ...connection,
        all: <Row>(sql: string, values: Parameters<typeof connection.all>[1]) => {
          const steps = connection.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, values);
          plans.push(steps.map((step) => step.detail).join('\n'));
          return connection.all<Row>(sql, values);
        },
      };
      findPage(explaining, recordSource('execution'), query);
      connection.close();
      expect(plans).toHaveLength(1);
      expect(plans[0]).toContain(index);
      if (query.sort !== undefined) expect(plans[0]).not.toContain('TEMP B-TREE');
    }),
  );
}

test(
  'events that a document leaves wake the relay after the commit, and nothing else does',
  withEngines(async ({ engines }) => {
    let hints = 0;
    engines.liveFeed.subscribe(outboxChannel, () => {
      hints += 1;
    });
    const notes = engines.documents.collection<Note>({ name: 'notes', indexes: [] });
    await notes.insert('a', { owner: 'ada' });
    await notes.change('a', { set: { owner: 'bob' } }, { outbox: [] });
    expect(hints).toBe(0);
    await notes.insert('b', {}, { outbox: [sampleEvent('e1', 'b')] });
    await notes.change('a', { set: { owner: 'eve' } }, { outbox: [sampleEvent('e2', 'a')] });
    expect(hints).toBe(2);
  }),
);
