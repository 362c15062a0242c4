import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createArtifactReader, plainFileName } from '#src/domain/artifact-frames.ts';

const data = (text: string): Uint8Array => new TextEncoder().encode(text);
const head = (name: string, size: number): Uint8Array => data(JSON.stringify({ name, size }));

test('files follow each other, an empty one among them', () => {
  const read = createArtifactReader();
  expect(read(head('a.txt', 3))).toMatchObject({ head: { name: 'a.txt', sizeBytes: 3 }, complete: false });
  expect(read(data('xy'))).toMatchObject({ complete: false });
  expect(read(data('z'))).toMatchObject({ head: { name: 'a.txt' }, complete: true });
  expect(read(head('empty', 0))).toMatchObject({ head: { name: 'empty' }, complete: true });
  expect(read(head('a.txt', 1))).toMatchObject({ head: { name: 'a-2.txt' } });
});

test('what is no head fits no file', () => {
  const read = createArtifactReader();
  expect(read(data('{'))).toBeNull();
  expect(read(data('{"name":1,"size":1}'))).toBeNull();
  expect(read(head('a', -1))).toBeNull();
  expect(read(head('a', 1.5))).toBeNull();
  expect(read(head('a', 1))).toMatchObject({ head: { name: 'a' } });
});

test.each([
  ['../../etc/passwd', 'passwd'],
  ['..\\..\\boot.ini', 'boot.ini'],
  ['.bashrc', 'bashrc'],
  ['..', 'file'],
  ['', 'file'],
  ['a\r\nSet-Cookie: x', 'a__Set-Cookie_ x'],
  ['photo\u202Egnp.exe', 'photo_gnp.exe'],
  ['Plot 1 (ü).png', 'Plot 1 (ü).png'],
])('the name %j becomes %j', (given, expected) => {
  expect(plainFileName(given)).toBe(expected);
});

test('every name becomes a plain one of bounded length, and stays as it is when made plain again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
      const name = plainFileName(text);
      expect(name).not.toMatch(/[/\\\p{C}"]/u);
      expect(name.length).toBeGreaterThan(0);
      expect(name.length).toBeLessThanOrEqual(200);
      expect(plainFileName(name)).toBe(name);
    }),
    { numRuns: 500 },
  );
});
