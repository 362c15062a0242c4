import { describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { resultProcessor } from '#actors/result-processor/role.ts';
import { storing } from '#actors/result-processor/store-result.ts';
import { summariser } from '#actors/result-processor/summary.ts';
import { sealAttempt } from '#actors/seal.ts';
import { DomainError, isUnavailable } from '#src/domain/errors.ts';
import type { EventOf } from '#src/domain/events.ts';
import { runChannel } from '#src/ports/live-feed.ts';
import type { Frame, FrameChannel } from '#src/ports/output-log.ts';
import { accepted } from '../machines/given.ts';
import { settings } from './settings.ts';
import { cleanExit, type Stage, stage } from './stage.ts';

const data = (text: string): Uint8Array => new TextEncoder().encode(text);
const frame = (number: number, channel: FrameChannel, text: string | Uint8Array = ''): Frame => ({
  number,
  channel,
  at: 5,
  data: typeof text === 'string' ? data(text) : text,
});
const write = (on: Stage, ...frames: Frame[]) =>
  on.outputLog.append(
    'run',
    1,
    frames.map((each) => ({ kind: 'frame', frame: each })),
  );

function desk(on: Stage) {
  const speaker = { service: 'result-processor', serviceVersion: '1', clock: on.world.clock } as const;
  const store = storing({ ports: on.ports, speaker });
  return async (last: number | null): Promise<void> => {
    await on.world.records.insert({ ...accepted(), id: 'run' });
    await store({ payload: { execution_id: 'run', attempt: 1, last } } as EventOf<'store_result_command'>);
  };
}

describe('storing a result', () => {
  test('seals the output and tells what it amounts to, with the exit frame as evidence', async () => {
    const on = stage();
    await write(
      on,
      frame(0, 'started'),
      frame(1, 'stderr', 'warn\n'),
      frame(2, 'stdout', 'hello '),
      frame(3, 'stdout', 'world\n'),
      frame(4, 'artifact', '{"name":"out/plot-1.png","size":5}'),
      frame(5, 'artifact', 'abc'),
      frame(6, 'artifact', 'de'),
      frame(7, 'exit', JSON.stringify({ ...cleanExit, truncated: true })),
    );
    await desk(on)(7);
    expect(on.last('result_sealed')).toMatchObject({
      attempt: 1,
      exit: { cause: 'exited', exitCode: 0 },
      summary: {
        last: 7,
        stdoutBytes: 12,
        stderrBytes: 5,
        truncated: true,
        sha256: createHash('sha256').update('hello world\nwarn\n').digest('hex'),
        artifacts: [{ name: 'plot-1.png', contentType: 'image/png', sizeBytes: 5 }],
        preview: { stdout: 'hello world\n', stderr: 'warn\n' },
      },
    });
    expect(on.world.hints).toContain(runChannel('run'));
    await write(on, frame(8, 'stdout', 'late'));
    expect(on.outputLog.frames('run', 1)).toHaveLength(8);
  });

  test('also an empty output is a result', async () => {
    const on = stage();
    await desk(on)(null);
    expect(on.last('result_sealed')).toMatchObject({ exit: null, summary: { last: -1, stdoutBytes: 0 } });
  });

  test('says the same again when asked again', async () => {
    const on = stage();
    await write(on, frame(0, 'started'), frame(1, 'exit', JSON.stringify(cleanExit)));
    await desk(on)(1);
    await desk(on)(1);
    const [first, second] = on.world.published;
    expect(second).toEqual(first);
  });

  test('waits for frames that are on their way, wakes with them, and else leaves it to the repetition', async () => {
    const on = stage();
    await write(on, frame(0, 'started'));
    const waiting = desk(on)(1);
    await on.world.clock.settle();
    expect(on.types()).toEqual([]);
    await write(on, frame(1, 'exit', JSON.stringify(cleanExit)));
    on.ports.liveFeed.hint(runChannel('run'));
    await waiting;
    expect(on.types()).toEqual(['result_sealed']);

    const other = stage();
    await write(other, frame(0, 'started'));
    const given = desk(other)(3);
    await other.world.clock.advance(1_100);
    await given;
    expect(other.types()).toEqual([]);
    expect((await other.outputLog.read('run', 1, 0)).seal).toBeNull();
    expect(other.ports.liveFeed.subscribers()).toBe(0);
  });

  test('a log that is away is waited for, a result that cannot be stored is told', async () => {
    const on = stage();
    on.away('read', 1);
    expect(await desk(on)(null).catch(isUnavailable)).toBe(true);
    on.outputLog.append = async () => {
      throw new DomainError('too_large', 'The output does not fit');
    };
    await desk(on)(null);
    expect(on.last('result_failed')).toMatchObject({ words: 'The output does not fit' });
  });
});

describe('sealing', () => {
  test('goes after a frame that came first', async () => {
    const on = stage();
    await write(on, frame(0, 'started'));
    const { append } = on.outputLog;
    on.outputLog.append = async (...asked) => {
      on.outputLog.append = append;
      await write(on, frame(1, 'stdout', 'quick'));
      return append(...asked);
    };
    const seen: number[] = [];
    const sealed = await sealAttempt(on.outputLog, 'run', 1, -1, ({ number }) => seen.push(number));
    expect(sealed).toEqual({ last: 1, exit: null });
    expect(seen).toEqual([0, 1]);
  });

  test('two sealers agree', async () => {
    const on = stage();
    await write(on, frame(0, 'started'), frame(1, 'exit', JSON.stringify(cleanExit)));
    const [one, two] = await Promise.all([
      sealAttempt(on.outputLog, 'run', 1, -1),
      sealAttempt(on.outputLog, 'run', 1, 1),
    ]);
    expect(one).toEqual(two);
    expect(one?.exit?.cause).toBe('exited');
  });
});

describe('a run that was erased', () => {
  const erase = (on: Stage) => {
    const record = { ...accepted(), id: 'run', version: 2, final: true, deletedAt: 7 };
    return on.world.records.commit(record);
  };
  const isEmpty = async (on: Stage) => {
    const { frames, seal } = await on.outputLog.read('run', 1, 0);
    return frames.length === 0 && seal === null;
  };

  test('gets no seal from a late order, nor an answer', async () => {
    const on = stage();
    await on.world.records.insert({ ...accepted(), id: 'run' });
    await erase(on);
    await desk(on)(null);
    expect([await isEmpty(on), on.types()]).toEqual([true, []]);
  });

  test('meanwhile is left without a seal', async () => {
    const on = stage();
    const { append } = on.outputLog;
    on.outputLog.append = async (...asked) => {
      await erase(on);
      return append(...asked);
    };
    await desk(on)(null);
    expect([await isEmpty(on), on.types()]).toEqual([true, []]);
  });
});

describe('the summary', () => {
  test('of a long stderr is read twice and digests stdout first', () => {
    const summary = summariser();
    const long = new Uint8Array(1_100_000).fill(101);
    const frames = [frame(0, 'started'), frame(1, 'stderr', long), frame(2, 'stdout', 'out')];
    for (const each of frames) summary.take(each);
    expect(summary.needsStderrAgain()).toBe(true);
    for (const each of frames) summary.takeStderrAgain(each);
    const expected = createHash('sha256').update('out').update(long).digest('hex');
    expect(summary.finish({ last: 2, exit: null })).toMatchObject({
      sha256: expected,
      stderrBytes: 1_100_000,
    });
  });

  test('shows less of what takes much more room than its bytes, so that a record has room for it', () => {
    const summary = summariser();
    summary.take(frame(0, 'stdout', new Uint8Array(8_192)));
    summary.take(frame(1, 'stderr', new Uint8Array(8_192).fill(0xff)));
    const { preview } = summary.finish({ last: 1, exit: null });
    for (const text of [preview.stdout, preview.stderr]) {
      expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThanOrEqual(16_384);
      expect(text.length).toBeGreaterThan(2_000);
    }
  });

  test('shows at most 8 KiB of a stream, without the half of a character', () => {
    const summary = summariser();
    summary.take(frame(0, 'stdout', `${'x'.repeat(8_191)}é and more`));
    summary.take(frame(1, 'stderr', new Uint8Array([0x61, 0xff, 0xc3])));
    const { preview } = summary.finish({ last: 1, exit: null });
    expect(preview.stdout).toBe('x'.repeat(8_191));
    expect(preview.stderr).toBe('a\uFFFD\uFFFD');
  });

  test('leaves out a file that was cut off', () => {
    const summary = summariser();
    summary.take(frame(0, 'artifact', '{"name":"a.txt","size":2}'));
    summary.take(frame(1, 'artifact', 'x'));
    expect(summary.finish({ last: 1, exit: null }).artifacts).toEqual([]);
  });
});

test('the role hears store_result_command', async () => {
  const [child] = resultProcessor.children(stage().ports, settings);
  expect(child?.name).toBe('results');
});
