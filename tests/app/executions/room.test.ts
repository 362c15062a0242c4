// Room that is never overdrawn by requests that come at once, whatever the count has seen of those under way.
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createRoom } from '#src/app/executions/room.ts';

test('never lets in more than the limit, nor refuses one for whom there is room', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }),
      async (scheduler, limit, fates) => {
        const room = createRoom();
        let there = 0;
        let most = 0;
        const count = scheduler.scheduleFunction(async () => there);
        const begin = scheduler.scheduleFunction(async (succeeds: boolean) => {
          if (!succeeds) throw new Error('refused for another reason');
          there += 1;
          most = Math.max(most, there);
        });
        const answer = scheduler.scheduleFunction(async () => undefined);
        const asked = fates.map((succeeds) =>
          room
            .within('user', limit, count, async () => {
              await begin(succeeds);
              await answer();
            })
            .then(
              ({ kind }) => kind,
              () => 'failed',
            ),
        );
        const kinds = await scheduler.waitFor(Promise.all(asked));
        expect(most).toBeLessThanOrEqual(limit);
        expect(kinds.filter((kind) => kind === 'done')).toHaveLength(there);
        if (kinds.includes('full')) expect(there).toBe(limit);
      },
    ),
    { seed: 5, numRuns: 300 },
  );
});

test('keeps one user from waiting for another', async () => {
  const room = createRoom();
  const blocked = Promise.withResolvers<void>();
  const first = room.within(
    'a',
    1,
    async () => 0,
    () => blocked.promise,
  );
  const other = await room.within(
    'b',
    1,
    async () => 0,
    async () => 'in',
  );
  expect(other).toEqual({ kind: 'done', value: 'in' });
  blocked.resolve();
  expect(await first).toEqual({ kind: 'done', value: undefined });
});
