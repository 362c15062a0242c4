// Pausing by several admins at once, whichever processes they reach.
import { expect, test } from 'bun:test';
import { createAdmission } from '#src/app/admission.ts';
import { memoryWorld } from '#tests/actors/memory-ports.ts';
import { apiPorts } from '#tests/api/api-ports.ts';

test('is one change, and everybody is told the same', async () => {
  const world = memoryWorld();
  const { documents } = apiPorts(world.clock, world.logger).ports;
  const caller = (userId: string) => ({ userId, role: 'admin' as const, sessionId: 's', scopes: [] });
  const views = await Promise.all(
    ['a', 'b', 'c'].map((admin) =>
      createAdmission({ ...world, documents }).change(caller(admin), 'paused', `because of ${admin}`),
    ),
  );
  expect(new Set(views.map(({ paused }) => paused?.reason)).size).toBe(1);
  expect((await createAdmission({ ...world, documents }).read()).changes).toHaveLength(1);
});
