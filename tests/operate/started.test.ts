import { expect, test } from 'bun:test';
import { unavailable } from '#src/domain/errors.ts';
import { startedLines } from '#src/started.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';

const never = new AbortController().signal;

function told(started: Partial<Parameters<typeof startedLines>[0]>, leaving = never) {
  const clock = virtualClock(0);
  const setupToken = async (): Promise<string | null> => 'word';
  const all = { roles: ['api'] as const, url: 'http://localhost:1', setupToken, ...started };
  return { clock, lines: startedLines(all, { clock, logger: quietLogger() }, leaving) };
}

test('a process says where it listens, and how the first administrator is made while there is none', async () => {
  expect(await told({}).lines).toEqual([
    'Greenroom listens on http://localhost:1',
    'Make the first administrator here: http://localhost:1/setup?token=word',
  ]);
  expect(await told({ setupToken: async () => null }).lines).toEqual([
    'Greenroom listens on http://localhost:1',
  ]);
  expect(await told({ url: '' }).lines).toEqual([]);
});

test('one without an interface says what it plays, and asks nothing', async () => {
  const setupToken = () => Promise.reject(new Error('asked'));
  const { lines } = told({ roles: ['k8s-worker', 'pod-monitor'], setupToken });
  expect(await lines).toEqual(['Greenroom plays k8s-worker, pod-monitor']);
});

test('a store that is away for a moment is asked again, until the process leaves', async () => {
  let tries = 0;
  const setupToken = async (): Promise<string> => {
    tries += 1;
    if (tries < 4) throw unavailable('store');
    return 'late';
  };
  const patient = told({ setupToken });
  await patient.clock.advance(10_000);
  expect((await patient.lines).at(-1)).toEndWith('token=late');
  const leaving = new AbortController();
  const hopeless = told({ setupToken: () => Promise.reject(unavailable('store')) }, leaving.signal);
  const outcome = hopeless.lines.then(String, () => 'given up');
  await hopeless.clock.advance(1_000);
  leaving.abort();
  await hopeless.clock.advance(10_000);
  expect(await outcome).toBe('given up');
});
