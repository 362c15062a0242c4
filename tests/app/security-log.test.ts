// What went against the rules is told once a window, by however many processes, and is told again if it could not be kept.
import { expect, test } from 'bun:test';
import { eventMaker } from '#src/app/events.ts';
import { createSecurityLog } from '#src/app/security-log.ts';
import { unavailable } from '#src/domain/errors.ts';
import type { Documents } from '#src/ports/documents.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';
import { apiPorts } from '#tests/api/api-ports.ts';

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quiet,
};

function installation() {
  const clock = virtualClock(60_000);
  const { ports, store } = apiPorts(clock, quiet);
  const process = (documents: Documents = ports.documents) =>
    createSecurityLog({ documents, clock, logger: quiet, makeEvent: eventMaker(clock, ports.ids, '1') });
  return { clock, ports, store, process };
}

const someone = { userId: 'u1', address: '198.51.100.1' };

test('two processes tell of one violation once a minute', async () => {
  const { clock, store, process } = installation();
  const [one, two] = [process(), process()];
  for (const log of [one, two, one]) log.violation('csrf', someone);
  await Promise.all([one.settled(), two.settled()]);
  expect(store.events().map(({ payload }) => payload)).toMatchObject([
    { user_id: 'u1', violation_type: 'csrf', ip_address: '198.51.100.1' },
  ]);
  await clock.advance(60_000);
  one.violation('csrf', someone);
  one.violation('csrf', { userId: 'u2', address: null });
  await one.settled();
  expect(store.events()).toHaveLength(3);
});

test('what could not be stored is told at the next occasion', async () => {
  const { ports, store, process } = installation();
  let down = true;
  const log = process({
    ...ports.documents,
    collection: (spec) => {
      const collection = ports.documents.collection<object>(spec);
      return {
        ...collection,
        insert: (id: string, body: object, options: object) =>
          down ? Promise.reject(unavailable('store')) : collection.insert(id, body, options),
      } as never;
    },
  });
  log.violation('forged_token', someone);
  await log.settled();
  expect(store.events()).toEqual([]);
  down = false;
  log.violation('forged_token', someone);
  await log.settled();
  expect(store.events()).toHaveLength(1);
});
