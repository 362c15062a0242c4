// Acknowledging: many at a time, one request after the other, again after a failure.
import { describe, expect, test } from 'bun:test';
import { groupCommits } from '#src/adapters/kafka/commits.ts';
import { type Generation, newGeneration } from '#src/adapters/kafka/generation.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';

function world() {
  const clock = virtualClock();
  let current: Generation | null = newGeneration({ t: [0] });
  const commits = groupCommits({ clock, logger: quietLogger(), current: () => current });
  const requests: { offset: string | undefined; answer(): void; fail(): void }[] = [];
  current.commit = (offsets) =>
    new Promise((resolve, reject) => {
      const fail = () => reject(new Error('not the coordinator'));
      requests.push({ offset: offsets[0]?.offset, answer: resolve, fail });
    });
  const progress = current.partition('t', 0)?.progress;
  const finish = (offset: number): void => {
    progress?.take(offset);
    progress?.finish(offset);
    commits.moved();
  };
  const over = (): void => {
    current = null;
  };
  return { clock, commits, requests, finish, over, offsets: () => requests.map(({ offset }) => offset) };
}

describe('commits', () => {
  test('take along all that was finished in fifty milliseconds', async () => {
    const { clock, finish, offsets } = world();
    for (const offset of [0, 1, 2]) finish(offset);
    await clock.advance(49);
    expect(offsets()).toEqual([]);
    await clock.advance(1);
    expect(offsets()).toEqual(['3']);
  });

  test('never overtake one another, however long one takes, and whoever waits for one does not wait for ever', async () => {
    const { clock, commits, requests, finish, offsets } = world();
    finish(0);
    await clock.advance(50);
    finish(1);
    let flushed = false;
    void commits.flush().then(() => {
      flushed = true;
    });
    await clock.advance(2_000);
    expect([flushed, offsets()]).toEqual([true, ['1']]);
    requests[0]?.answer();
    await clock.settle();
    expect(offsets()).toEqual(['1', '2']);
  });

  test('that fail are repeated while the membership lasts', async () => {
    const { clock, requests, finish, over, offsets } = world();
    finish(0);
    await clock.advance(50);
    requests[0]?.fail();
    await clock.advance(1_000);
    expect(offsets()).toEqual(['1', '1']);
    over();
    requests[1]?.fail();
    await clock.advance(10_000);
    expect(offsets()).toHaveLength(2);
  });
});
