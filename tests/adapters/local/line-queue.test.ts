import { expect, test } from 'bun:test';

import { lineQueue } from '#src/adapters/local/line-queue.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

async function take(lines: AsyncIterable<string>, count: number): Promise<string[]> {
  const taken: string[] = [];
  if (count === 0) return taken;
  for await (const line of lines) {
    taken.push(line);
    if (taken.length === count) break;
  }
  return taken;
}

test('lines come out whole and in order, however they were cut', async () => {
  const queue = lineQueue(1_000);
  for (const piece of ['a', 'b\nc', '\n', '\nd\npartial']) queue.push(bytes(piece));
  queue.end();
  expect(await take(queue.attach().lines, 9)).toEqual(['ab', 'c', '', 'd']);
});

test('a reader waits for what is yet to come', async () => {
  const queue = lineQueue(1_000);
  const taken = take(queue.attach().lines, 2);
  queue.push(bytes('one\n'));
  await Promise.resolve();
  queue.push(bytes('two\n'));
  expect(await taken).toEqual(['one', 'two']);
});

test('who takes over gets what the one before did not read, and the one before ends', async () => {
  const queue = lineQueue(1_000);
  const first = queue.attach();
  queue.push(bytes('one\ntwo\n'));
  const iterator = first.lines[Symbol.asyncIterator]();
  expect(await iterator.next()).toEqual({ value: 'one', done: false });
  const second = queue.attach();
  expect(first.isAttached()).toBe(false);
  expect((await iterator.next()).done).toBe(true);
  expect(await take(second.lines, 1)).toEqual(['two']);
});

test('a reader that waits is ended by a take-over and by leaving', async () => {
  const queue = lineQueue(1_000);
  const first = queue.attach();
  const waiting = take(first.lines, 1);
  const second = queue.attach();
  expect(await waiting).toEqual([]);
  const waitingToo = take(second.lines, 1);
  second.detach();
  expect(await waitingToo).toEqual([]);
});

test('there is room again only when enough was read', async () => {
  const queue = lineQueue(10);
  queue.push(bytes('0123456789\nabc\n'));
  let hasRoom = false;
  const room = queue.room().then(() => {
    hasRoom = true;
  });
  await Promise.resolve();
  expect(hasRoom).toBe(false);
  await take(queue.attach().lines, 1);
  await room;
  expect(hasRoom).toBe(true);
});

test('once the bound is lifted the pipe is read on, and what was said is still there', async () => {
  const queue = lineQueue(1);
  queue.push(bytes('one\ntwo\n'));
  const room = queue.room();
  queue.lift();
  await room;
  await queue.room();
  expect(await take(queue.attach().lines, 2)).toEqual(['one', 'two']);
});
