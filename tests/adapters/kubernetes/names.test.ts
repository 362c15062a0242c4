import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { fitting, portUid, splitPortUid, warmName } from '#src/adapters/kubernetes/names.ts';

describe('names', () => {
  test('fit a cluster, whatever they are made of', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9_.:-]{1,100}$/)), (text) => {
        expect(fitting(text)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
        expect(fitting(fitting(text))).toBe(fitting(text));
      }),
    );
  });

  test('that fit stay as they are, and two that do not never become one', () => {
    expect(fitting('run-a-1')).toBe('run-a-1');
    expect(fitting('Run-a-1')).not.toBe(fitting('run-A-1'));
    expect(fitting('x'.repeat(64))).not.toBe(fitting('x'.repeat(65)));
  });

  test('of warm pods are drawn anew each time', () => {
    const runtime = { language: 'python', version: '3.11' };
    expect(warmName(runtime, 'a')).toMatch(/^warm-python-3-11-[0-9a-f]{10}$/);
    expect(warmName(runtime, 'a')).not.toBe(warmName(runtime, 'b'));
  });

  test('find a pod again by its uid alone', () => {
    expect(splitPortUid(portUid('run-a-1', '6f0c-1'))).toEqual({ name: 'run-a-1', uid: '6f0c-1' });
    for (const none of ['', 'a', 'a/', '/1', 'A/1', 'a/1/2', 'a/../1', 'a/1?x', '../1']) {
      expect([none, splitPortUid(none)]).toEqual([none, null]);
    }
  });
});
