// What becomes of calls and writes while the MongoDB server dies, stands still or refuses: each call ends in time, what was
// acknowledged stays, nothing happens twice, and all goes on by itself.
import { describe, expect, test } from 'bun:test';
import { MongoClient } from 'mongodb';
import { openMongo } from '#src/adapters/mongo/engines.ts';
import { mongoGate } from '#src/adapters/mongo/gate.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import { DomainError, isUnavailable } from '#src/domain/errors.ts';
import type { Records } from '#src/ports/records.ts';
import { nextVersion, sampleMachine, sampleRecord } from '#tests/contract/sample-record.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { until } from '#tests/support/until.ts';
import { openOnMongoDb } from './mongodb-database.ts';
import { type MongoDbOptions, startMongoDb } from './servers/mongodb.ts';
import type { TestServer } from './servers/server.ts';

const onServer =
  (body: (server: TestServer) => Promise<void>, options: MongoDbOptions = {}) =>
  async (): Promise<void> => {
    const server = await startMongoDb(options);
    try {
      await body(server);
    } finally {
      await server.stop();
    }
  };

const opening = (uri: string, logger = quietLogger()) =>
  openMongo({
    uri,
    database: 'greenroom-test',
    clock: systemClock(),
    logger,
    outboxWaits: () => undefined,
    openWithinMs: 3_000,
  });

/** Counts one record up, commit by commit, until it is told to stop. */
function counting(records: Records, id: string) {
  let stopped = false;
  let acknowledged = 1;
  const strange: unknown[] = [];
  async function count(): Promise<void> {
    while (!stopped) {
      try {
        const record = await records.load(sampleMachine, id);
        if (record === null) throw new Error('an acknowledged record is gone');
        if (record.version < acknowledged) throw new Error('an acknowledged commit is gone');
        const outcome = await records.commit(nextVersion(record, { at: record.at + 1 }));
        if (outcome.kind !== 'committed') throw new Error(`nobody else writes, and yet: ${outcome.kind}`);
        acknowledged = record.version + 1;
      } catch (error) {
        if (isUnavailable(error)) continue;
        strange.push(error);
        return;
      }
    }
  }
  const done = count();
  const stop = async (): Promise<unknown[]> => {
    stopped = true;
    await done;
    return strange;
  };
  return { acknowledged: () => acknowledged, stop };
}

async function under(
  server: TestServer,
  trouble: (grows: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const mongo = await openOnMongoDb(server.url);
  const ids = Array.from({ length: 8 }, (_, index) => `run-${index}`);
  for (const id of ids) await mongo.records.insert(sampleRecord(id));
  const counters = ids.map((id) => counting(mongo.records, id));
  const grows = async (): Promise<void> => {
    const before = counters.map((counter) => counter.acknowledged());
    await until(
      () => counters.every((counter, at) => counter.acknowledged() > (before[at] ?? 0) + 2),
      30_000,
    );
  };
  try {
    await grows();
    await trouble(grows);
    await grows();
  } finally {
    for (const counter of counters) expect(await counter.stop()).toEqual([]);
  }
  for (const [at, id] of ids.entries()) {
    const record = await mongo.records.load(sampleMachine, id);
    // What was not acknowledged may have been done, once.
    expect(record?.version).toBeGreaterThanOrEqual(counters[at]?.acknowledged() ?? 0);
    expect(record?.at).toBe(1_000 + (record?.version ?? 0) - 1);
  }
  await mongo.close();
}

describe('a MongoDB server in trouble', () => {
  test(
    'killed and started again, three times: nothing acknowledged is lost, and all go on',
    onServer((server) =>
      under(server, async (grows) => {
        for (let round = 0; round < 3; round += 1) {
          await server.kill();
          await server.restart();
          await grows();
        }
      }),
    ),
    120_000,
  );

  test(
    'standing still under load: calls end by our deadline, and all go on when it moves again',
    onServer((server) =>
      under(server, async () => {
        const other = await openOnMongoDb(server.url);
        server.pause();
        await until(async () => !(await other.ready()));
        // It never answers: only a deadline of ours ends these.
        const asked = await Promise.allSettled([
          other.records.load(sampleMachine, 'run-0'),
          other.records.mark(sampleMachine, 'run-0', 1),
          other.documents.unsent(1, 1),
        ]);
        expect(asked.map((one) => one.status === 'rejected' && isUnavailable(one.reason))).toEqual([
          true,
          true,
          true,
        ]);
        server.resume();
        await until(() => other.ready());
        await other.close();
      }),
    ),
    120_000,
  );

  test(
    'dying while the connections are idle leaves no call without an end',
    onServer(async (server) => {
      const mongo = await openOnMongoDb(server.url);
      for (let round = 0; round < 6; round += 1) {
        await until(() => mongo.ready(), 30_000);
        const dying = server.kill();
        // Within the moments in which a connection has ended and is not closed yet.
        const calls = Array.from({ length: 6 }, async (_, turns) => {
          for (let turn = 0; turn < turns; turn += 1) await new Promise((resume) => setImmediate(resume));
          await mongo.records.load(sampleMachine, 'nobody').catch(isExpected);
        });
        await dying;
        await server.restart();
        await Promise.all(calls);
      }
      await until(() => mongo.ready());
      expect(await mongo.records.insert(sampleRecord('after'))).toEqual({ kind: 'inserted' });
      await mongo.close();
    }),
    120_000,
  );

  test(
    'away: more calls than may wait are refused at once',
    onServer(async (server) => {
      const gate = mongoGate({ uri: server.url, database: 'greenroom-test', waitingMax: 4, deadlineMs: 500 });
      await gate.call((db) => db.command({ ping: 1 }));
      server.pause();
      // An answer may be on its way still: only from the first that does not come is it silent.
      const probe = mongoGate({ uri: server.url, database: 'greenroom-test', deadlineMs: 500 });
      await until(() => probe.call((db) => db.command({ ping: 1 })).then(() => false, isUnavailable));
      const calls = Array.from({ length: 6 }, () => gate.call((db) => db.command({ ping: 1 })));
      const refused = await Promise.allSettled(calls.slice(4));
      const details = refused.map((one) => one.status === 'rejected' && one.reason.detail);
      expect(details).toEqual(Array.from({ length: 2 }, () => 'mongodb: too many calls wait for an answer'));
      const late = await Promise.allSettled(calls.slice(0, 4));
      // No time-out of the driver's is as short.
      expect(late.map((one) => one.status === 'rejected' && one.reason.detail)).toEqual(
        Array.from({ length: 4 }, () => 'mongodb: no answer within 500 ms'),
      );
      server.resume();
      await until(() =>
        gate
          .call((db) => db.command({ ping: 1 }))
          .then(
            () => true,
            (error: unknown) => !isUnavailable(error),
          ),
      );
      await Promise.all([gate.close(), probe.close()]);
    }),
    60_000,
  );
});

function isExpected(error: unknown): void {
  if (!isUnavailable(error)) throw error;
}

describe('a MongoDB server that cannot be worked with', () => {
  const credentials = { user: 'greenroom', password: 'right-word' };
  const refusal = async (uri: string): Promise<DomainError> => {
    try {
      await (await opening(uri)).close();
    } catch (error) {
      if (error instanceof DomainError) return error;
      throw error;
    }
    throw new Error('it was opened');
  };

  test(
    'wrong credentials are told as such, and never shown',
    onServer(
      async (server) => {
        await (await opening(server.url)).close();
        const error = await refusal(server.url.replace('right-word', 'wrong-word'));
        expect(error.message).toBe('The MongoDB server refuses the user or the password');
        expect(Bun.inspect(error)).not.toContain('wrong-word');
        const none = await refusal(server.url.replace('greenroom:right-word@', ''));
        expect(none.message).toBe('The MongoDB server refuses the user or the password');
      },
      { credentials },
    ),
    60_000,
  );

  test(
    'one that is too old is refused',
    onServer(
      async (server) => {
        expect((await refusal(server.url)).message).toContain('too old: version 4.4');
      },
      { wireVersion: 8 },
    ),
    60_000,
  );

  test('one that is not there is named, without the password', async () => {
    const error = await refusal('mongodb://someone:secret-word@127.0.0.1:1/');
    expect(error.message).toBe('The MongoDB server (127.0.0.1:1) has no primary that answers within 3 s');
    expect(Bun.inspect(error)).not.toContain('secret-word');
  }, 60_000);

  test('what is no address is refused, without its text', async () => {
    const error = await refusal('mongo//someone:secret-word@host');
    expect(error.message).toContain('mongodb.uri is no connection string');
    expect(Bun.inspect(error)).not.toContain('secret-word');
  });

  test(
    'one that stands alone is used with a warning, also by several at once',
    onServer(async (server) => {
      const logger = quietLogger();
      const all = await Promise.all(Array.from({ length: 4 }, () => opening(server.url, logger)));
      expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(4);
      expect(Math.abs((await all[0]?.clockAheadMs()) ?? Number.NaN)).toBeLessThan(1_000);
      await Promise.all(all.map((one) => one.close()));
      const client = new MongoClient(server.url);
      const names = await client.db('greenroom-test').collection('records').indexes();
      await client.close();
      expect(names.map(({ name }) => name)).toContain('uniques');
    }),
    60_000,
  );

  test(
    'one that falls silent once it has greeted us is waited for: a busy server ends no process that starts',
    onServer(async (server) => {
      const logger = quietLogger();
      const goesOn = Promise.withResolvers<void>();
      const warn = (): void => {
        server.pause();
        setTimeout(goesOn.resolve, 4_000);
      };
      const starting = opening(server.url, { ...logger, warn });
      await goesOn.promise;
      server.resume();
      const mongo = await starting;
      server.pause();
      const ahead = mongo.clockAheadMs();
      setTimeout(server.resume, 3_500);
      expect(Math.abs(await ahead)).toBeLessThan(5_000);
      await mongo.close();
    }),
    60_000,
  );
});

test(
  'output that is written while the server dies, again and again, has no gap up to what was acknowledged',
  onServer(async (server) => {
    const mongo = await openOnMongoDb(server.url);
    const ids = Array.from({ length: 8 }, (_, index) => `run-${index}`);
    const written = new Map(ids.map((id) => [id, -1]));
    let over = false;
    const write = async (id: string): Promise<void> => {
      while (!over) {
        const next = (written.get(id) ?? -1) + 1;
        const chunks = [0, 1, 2].map((more) => {
          const frame = { number: next + more, channel: 'stdout' as const, at: 1, data: Buffer.from('word') };
          return { kind: 'frame' as const, frame };
        });
        const stored = await mongo.outputLog.append(id, 1, chunks).then(
          () => true,
          async (error: unknown) => {
            if (!isUnavailable(error)) throw error;
            // A refusal may come at once, and the server needs its turn.
            await new Promise((resume) => setImmediate(resume));
            return false;
          },
        );
        if (stored) written.set(id, next + 2);
      }
    };
    const grow = (): Promise<void> => {
      const before = new Map(written);
      return until(() => ids.every((id) => (written.get(id) ?? 0) > (before.get(id) ?? 0) + 30));
    };
    const writing = Promise.all(ids.map(write));
    for (let round = 0; round < 3; round += 1) {
      await grow();
      await server.kill();
      await server.restart();
    }
    await grow();
    over = true;
    await writing;
    for (const id of ids) {
      let there = 0;
      for (let more = 1; more > 0; there += more)
        more = (await mongo.outputLog.read(id, 1, there)).frames.length;
      expect([id, there - 1]).toEqual([id, written.get(id) ?? 0]);
    }
    await mongo.close();
  }),
  60_000,
);
