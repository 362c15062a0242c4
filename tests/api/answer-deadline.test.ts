// Stores that take their time, or never answer: whoever asks has an answer within five seconds all the same.
import { expect, test } from 'bun:test';
import { answerWithinMs, inTime } from '#src/api/plugins/answer-deadline.ts';
import { isUnavailable } from '#src/domain/errors.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';
import { apiWorld } from './api-world.ts';

/** A world whose documents are found only after so long. */
function slowWorld(delayMs: () => number) {
  const world = apiWorld({
    extend: (ports) => ({
      ...ports,
      documents: {
        ...ports.documents,
        collection: (spec) => {
          const collection = ports.documents.collection<never>(spec);
          const get: typeof collection.get = async (id) => {
            const ms = delayMs();
            if (ms > 0) await new Promise<void>((resolve) => world.clock.after(ms, resolve));
            return collection.get(id);
          };
          return { ...collection, get };
        },
      },
    }),
  });
  return world;
}

const statusSoon = async (answer: Promise<Response>): Promise<number | 'waits'> =>
  Promise.race([
    answer.then(({ status }) => status),
    new Promise<'waits'>((resolve) => setImmediate(resolve, 'waits')),
  ]);

test('calls that are slow one after another are cut off together, as not available', async () => {
  let delayMs = 0;
  const world = slowWorld(() => delayMs);
  const person = await world.person('someone');
  delayMs = 2_000;
  await world.clock.advance(1_000);
  const asked = world.ask('GET', '/api/v1/auth/me', { as: person });
  await world.clock.advance(answerWithinMs - 1);
  expect(await statusSoon(asked)).toBe('waits');
  await world.clock.advance(1);
  const answer = await asked;
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  delayMs = 0;
  await world.clock.advance(10_000);
  expect((await world.ask('GET', '/api/v1/auth/me', { as: person })).status).toBe(200);
});

test('the time in which a body arrives is not ours', async () => {
  const world = apiWorld();
  const arrived = Promise.withResolvers<void>();
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(Buffer.from('{"username":'));
      await arrived.promise;
      controller.enqueue(Buffer.from('"x"}'));
      controller.close();
    },
  });
  const asked = world.ask('POST', '/api/v1/auth/register', { body });
  await world.clock.advance(60_000);
  expect(await statusSoon(asked)).toBe('waits');
  arrived.resolve();
  expect((await asked).status).toBe(422);
  expect(world.clock.waiting()).toBe(0);
});

test('a stream that comes too late is closed, and one in time is left alone', async () => {
  const clock = virtualClock(0);
  const closed: string[] = [];
  const stream = (name: string): Response =>
    new Response(new ReadableStream({ cancel: () => void closed.push(name) }));
  const coming = Promise.withResolvers<Response>();
  const late = Promise.resolve(inTime(coming.promise, { waitsSince: 0 }, clock)).catch(isUnavailable);
  const early = inTime(Promise.resolve(stream('early')), { waitsSince: 0 }, clock);
  await clock.advance(answerWithinMs);
  expect(await late).toBe(true);
  coming.resolve(stream('late'));
  await clock.settle();
  expect(await early).toBeInstanceOf(Response);
  expect(closed).toEqual(['late']);
  expect(clock.waiting()).toBe(0);
});
