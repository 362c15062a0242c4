// What of the driver's words reaches our log: each complaint once in a while, and nothing that a message carries.
import { expect, test } from 'bun:test';
import { logLevel } from 'kafkajs';
import { driverLog } from '#src/adapters/kafka/driver-log.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';

test('a complaint is told once in half a minute, and all the rest only to who debugs', async () => {
  const clock = virtualClock();
  const logger = quietLogger();
  const say = driverLog(clock, logger)();
  const complain = (message: string) =>
    say({
      namespace: 'Connection',
      level: logLevel.ERROR,
      label: 'ERROR',
      log: { timestamp: '', message, broker: 'b:1', payload: 'secret', error: new Error('refused') },
    });
  complain('no connection');
  complain('no connection');
  complain('no answer');
  await clock.advance(30_000);
  complain('no connection');
  const warned = logger.lines.filter(({ level }) => level === 'warn');
  expect(warned.map(({ fields }) => fields.words)).toEqual(['no connection', 'no answer', 'no connection']);
  expect(warned[0]?.fields).toEqual({
    from: 'Connection',
    words: 'no connection',
    broker: 'b:1',
    error: 'Error: refused',
  });
  expect(logger.lines).toHaveLength(4);
});
