// Files inside an output log.
import { expect, test } from 'bun:test';
import { createArtifactReader } from '#src/app/executions/artifact-frames.ts';

const bytes = (text: string) => Buffer.from(text);

test('files follow one another, each whole with its last piece', () => {
  const read = createArtifactReader();
  const seen = [
    '{"name":"a","size":3}',
    'xy',
    'z',
    '{"name":"b","size":0}',
    '{"name":"c","size":1}',
    '{',
  ].map((frame) => {
    const piece = read(bytes(frame));
    return piece === null ? null : [piece.head.name, Buffer.from(piece.data).toString(), piece.complete];
  });
  expect(seen).toEqual([
    ['a', '', false],
    ['a', 'xy', false],
    ['a', 'z', true],
    ['b', '', true],
    ['c', '', false],
    ['c', '{', true],
  ]);
});

test.each(['', 'no head', '[]', 'null', '{"name":1,"size":1}', '{"name":"a","size":-1}', '{"name":"a"}'])(
  '%p begins no file',
  (frame) => {
    expect(createArtifactReader()(bytes(frame))).toBeNull();
  },
);

test('bytes that look like a head are bytes', () => {
  const read = createArtifactReader();
  const inner = '{"name":"evil","size":9}';
  read(bytes(JSON.stringify({ name: 'a', size: inner.length })));
  expect(read(bytes(inner))?.head.name).toBe('a');
});
