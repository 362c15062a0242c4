// What every engine of the OutputLog promises: frames without gaps, and one seal that nothing follows.
import { describe, expect, test } from 'bun:test';
import type { Chunk, FrameChannel, OutputLog, Seal } from '#src/ports/output-log.ts';
import { type Harness, type Using, using } from './harness.ts';
import { testRunInput } from './run-input.contract.ts';

export interface OutputLogHarness extends Harness {
  outputLog: OutputLog;
}

export function testOutputLog(name: string, factory: () => Promise<OutputLogHarness>): void {
  const opened = using(factory);
  testFrames(name, opened);
  testSeals(name, opened);
  testRunInput(name, opened);
}

type Opened = Using<OutputLogHarness>;

const bytes = (text: string) => new TextEncoder().encode(text);

const frame = (number: number, text = `frame ${number}`, channel: FrameChannel = 'stdout'): Chunk => ({
  kind: 'frame',
  frame: { number, channel, at: 1_000 + number, data: bytes(text) },
});

const seal = (number: number): Chunk => ({ kind: 'seal', number, seal: { last: number - 1 } });

const frames = (from: number, through: number): Chunk[] =>
  Array.from({ length: through - from + 1 }, (_, index) => frame(from + index));

async function numbers(log: OutputLog, from: number, limit?: number, attempt = 1) {
  const output = await log.read('run', attempt, from, limit);
  return { numbers: output.frames.map((read) => read.number), seal: output.seal };
}

function testFrames(name: string, opened: Opened): void {
  describe(`${name}: frames of a run`, () => {
    test(
      'a frame is read back byte by byte',
      opened(async ({ outputLog }) => {
        const data = Uint8Array.from({ length: 256 }, (_, index) => index);
        const whole: Chunk = { kind: 'frame', frame: { number: 0, channel: 'stderr', at: 1_234, data } };
        expect(await outputLog.append('run', 1, [whole])).toBeNull();
        const output = await outputLog.read('run', 1, 0);
        expect(output.seal).toBeNull();
        expect(output.frames).toHaveLength(1);
        const read = output.frames[0];
        expect(read).toMatchObject({ number: 0, channel: 'stderr', at: 1_234 });
        expect([...(read?.data ?? [])]).toEqual([...data]);
      }),
    );

    test(
      'an empty frame and every channel are kept',
      opened(async ({ outputLog }) => {
        const channels: FrameChannel[] = ['started', 'stdout', 'stderr', 'artifact', 'exit'];
        await outputLog.append(
          'run',
          1,
          channels.map((channel, number) => frame(number, '', channel)),
        );
        const output = await outputLog.read('run', 1, 0);
        expect(output.frames.map((read) => read.channel)).toEqual(channels);
        expect(output.frames.map((read) => read.data.byteLength)).toEqual([0, 0, 0, 0, 0]);
      }),
    );

    test(
      'a repeated number changes nothing, also inside a longer append',
      opened(async ({ outputLog }) => {
        await outputLog.append('run', 1, frames(0, 2));
        await outputLog.append('run', 1, [frame(1, 'other'), frame(2, 'other'), frame(3), frame(4)]);
        const output = await outputLog.read('run', 1, 0);
        const texts = output.frames.map((read) => new TextDecoder().decode(read.data));
        expect(texts).toEqual(['frame 0', 'frame 1', 'frame 2', 'frame 3', 'frame 4']);
      }),
    );

    test(
      'a gap is not read past until it is filled',
      opened(async ({ outputLog }) => {
        await outputLog.append('run', 1, [...frames(0, 1), ...frames(3, 4)]);
        expect((await numbers(outputLog, 0)).numbers).toEqual([0, 1]);
        expect((await numbers(outputLog, 2)).numbers).toEqual([]);
        await outputLog.append('run', 1, [frame(2)]);
        expect((await numbers(outputLog, 0)).numbers).toEqual([0, 1, 2, 3, 4]);
        expect((await numbers(outputLog, 4)).numbers).toEqual([4]);
        expect((await numbers(outputLog, 5)).numbers).toEqual([]);
      }),
    );

    test(
      'reads no more than asked for',
      opened(async ({ outputLog }) => {
        await outputLog.append('run', 1, frames(0, 9));
        expect((await numbers(outputLog, 2, 3)).numbers).toEqual([2, 3, 4]);
      }),
    );

    test(
      'large frames come in several reads, each with at least one',
      opened(async ({ outputLog }) => {
        const large = 'x'.repeat(700_000);
        await outputLog.append(
          'run',
          1,
          [0, 1, 2, 3].map((number) => frame(number, large)),
        );
        const seen: number[] = [];
        let reads = 0;
        while (seen.length < 4 && reads < 10) {
          seen.push(...(await numbers(outputLog, seen.length)).numbers);
          reads += 1;
        }
        expect(seen).toEqual([0, 1, 2, 3]);
        expect(reads).toBeGreaterThan(1);
      }),
    );

    test(
      'attempts and runs are apart, and removal takes all attempts of one run',
      opened(async ({ outputLog }) => {
        await outputLog.append('run', 1, frames(0, 1));
        await outputLog.append('run', 2, [frame(0), seal(1)]);
        await outputLog.append('other', 1, [frame(0)]);
        await outputLog.appendInput('run', 1, { key: 'k', data: bytes('in'), end: false });
        expect((await numbers(outputLog, 0)).numbers).toEqual([0, 1]);
        expect(await numbers(outputLog, 0, 10, 2)).toEqual({ numbers: [0], seal: { last: 0 } });
        await outputLog.remove('run');
        expect((await numbers(outputLog, 0)).numbers).toEqual([]);
        expect(await numbers(outputLog, 0, 10, 2)).toEqual({ numbers: [], seal: null });
        expect(await outputLog.readInput('run', 1, 0)).toEqual([]);
        expect((await outputLog.read('other', 1, 0)).frames).toHaveLength(1);
      }),
    );
  });
}

function testSeals(name: string, opened: Opened): void {
  describe(`${name}: the seal of an attempt`, () => {
    test(
      'a seal is answered once every frame up to it was',
      opened(async ({ outputLog }) => {
        expect(await outputLog.append('run', 1, [...frames(0, 4), seal(5)])).toEqual({ last: 4 });
        expect((await numbers(outputLog, 0, 3)).seal).toBeNull();
        expect(await numbers(outputLog, 3)).toEqual({ numbers: [3, 4], seal: { last: 4 } });
        expect(await numbers(outputLog, 5)).toEqual({ numbers: [], seal: { last: 4 } });
      }),
    );

    test(
      'an empty output is sealed at its beginning',
      opened(async ({ outputLog }) => {
        expect(await outputLog.append('run', 1, [seal(0)])).toEqual({ last: -1 });
        expect(await numbers(outputLog, 0)).toEqual({ numbers: [], seal: { last: -1 } });
      }),
    );

    test(
      'no frame follows a seal',
      opened(async ({ outputLog }) => {
        await outputLog.append('run', 1, [...frames(0, 1), seal(2)]);
        expect(await outputLog.append('run', 1, [frame(2), frame(3)])).toEqual({ last: 1 });
        expect(await numbers(outputLog, 0)).toEqual({ numbers: [0, 1], seal: { last: 1 } });
      }),
    );

    test(
      'an append below the seal is told of none',
      opened(async ({ outputLog }) => {
        await outputLog.append('run', 1, [...frames(0, 3), seal(4)]);
        expect(await outputLog.append('run', 1, [frame(1), frame(3)])).toBeNull();
      }),
    );

    test(
      'a seal where a frame stands is not set',
      opened(async ({ outputLog }) => {
        await outputLog.append('run', 1, frames(0, 3));
        expect(await outputLog.append('run', 1, [seal(2)])).toBeNull();
        expect(await numbers(outputLog, 0)).toEqual({ numbers: [0, 1, 2, 3], seal: null });
      }),
    );

    test(
      'a seal above a gap is answered when the gap is filled',
      opened(async ({ outputLog }) => {
        expect(await outputLog.append('run', 1, [frame(0), seal(3)])).toEqual({ last: 2 });
        expect(await numbers(outputLog, 0)).toEqual({ numbers: [0], seal: null });
        expect(await outputLog.append('run', 1, frames(1, 2))).toBeNull();
        expect(await numbers(outputLog, 0)).toEqual({ numbers: [0, 1, 2], seal: { last: 2 } });
      }),
    );

    test(
      'two sealers and a late writer agree on one seal',
      opened(async ({ outputLog }) => {
        await outputLog.append('run', 1, frames(0, 1));
        const seals = await Promise.all([
          outputLog.append('run', 1, [seal(2)]),
          outputLog.append('run', 1, [seal(2)]),
        ]);
        const late: Seal | null = await outputLog.append('run', 1, [frame(2)]);
        expect([...seals, late]).toEqual([{ last: 1 }, { last: 1 }, { last: 1 }]);
      }),
    );
  });
}
