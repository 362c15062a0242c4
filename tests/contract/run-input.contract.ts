// What every engine of the OutputLog promises about input to a run: numbered in order, once for each key, nothing after the end.
import { describe, expect, test } from 'bun:test';
import type { OutputLog } from '#src/ports/output-log.ts';
import type { Harness, Using } from './harness.ts';

type Opened = Using<Harness & { outputLog: OutputLog }>;

const bytes = (text: string) => new TextEncoder().encode(text);

export function testRunInput(name: string, opened: Opened): void {
  describe(`${name}: input to a run`, () => {
    const input = (key: string, end = false) => ({ key, data: bytes(`typed ${key}`), end });

    test(
      'input is numbered from 1 in the order of acceptance and read from a cursor',
      opened(async ({ outputLog }) => {
        for (const [index, key] of ['a', 'b', 'c'].entries()) {
          const outcome = await outputLog.appendInput('run', 1, input(key));
          expect(outcome).toEqual({ kind: 'appended', number: index + 1 });
        }
        const read = await outputLog.readInput('run', 1, 1);
        expect(read.map((one) => [one.number, new TextDecoder().decode(one.data), one.end])).toEqual([
          [2, 'typed b', false],
          [3, 'typed c', false],
        ]);
        expect(await outputLog.readInput('run', 1, 3)).toEqual([]);
        expect(await outputLog.readInput('run', 2, 0)).toEqual([]);
      }),
    );

    test(
      'a repeated key answers the first outcome and appends nothing',
      opened(async ({ outputLog }) => {
        await outputLog.appendInput('run', 1, input('a'));
        await outputLog.appendInput('run', 1, input('b', true));
        expect(await outputLog.appendInput('run', 1, input('a'))).toEqual({ kind: 'appended', number: 1 });
        expect(await outputLog.appendInput('run', 1, input('b', true))).toEqual({
          kind: 'appended',
          number: 2,
        });
        expect(await outputLog.readInput('run', 1, 0)).toHaveLength(2);
      }),
    );

    test(
      'nothing follows the end',
      opened(async ({ outputLog }) => {
        await outputLog.appendInput('run', 1, input('a', true));
        expect(await outputLog.appendInput('run', 1, input('b'))).toEqual({ kind: 'ended' });
        expect(await outputLog.appendInput('run', 1, input('b'))).toEqual({ kind: 'ended' });
        expect((await outputLog.readInput('run', 1, 0)).map((one) => one.end)).toEqual([true]);
        expect(await outputLog.appendInput('run', 2, input('b'))).toEqual({ kind: 'appended', number: 1 });
      }),
    );

    test(
      'many at once get numbers without a gap',
      opened(async ({ outputLog }) => {
        const keys = Array.from({ length: 12 }, (_, index) => `k${index}`);
        await Promise.all(keys.map((key) => outputLog.appendInput('run', 1, input(key))));
        const read = await outputLog.readInput('run', 1, 0);
        expect(read.map((one) => one.number)).toEqual(keys.map((_, index) => index + 1));
        expect(read.map((one) => new TextDecoder().decode(one.data)).sort()).toEqual(
          keys.map((key) => `typed ${key}`).sort(),
        );
      }),
    );
  });
}
