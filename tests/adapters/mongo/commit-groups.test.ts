// Commits that go together: who goes with whom, and what becomes of each.
import { expect, test } from 'bun:test';
import { type CommitWays, commitGroups } from '#src/adapters/mongo/commit-groups.ts';
import { isUnavailable, unavailable } from '#src/domain/errors.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { sampleRecord } from '#tests/contract/sample-record.ts';
import { until } from '#tests/support/until.ts';

function stage(more: Partial<CommitWays> = {}) {
  const groups: number[] = [];
  const singles: string[] = [];
  const answers: (() => void)[] = [];
  let time = 0;
  const commit = commitGroups({
    single: async ({ id }) => {
      singles.push(id);
      await new Promise<void>((resolve) => answers.push(resolve));
      return { kind: 'committed' };
    },
    together: async (records) => {
      groups.push(records.length);
      return true;
    },
    now: () => time,
    ...more,
  });
  const many = (count: number) =>
    Array.from({ length: count }, (_, number) => commit(sampleRecord(`run-${number}`)));
  const pass = (ms: number): void => {
    time += ms;
  };
  const answerAll = async (): Promise<void> => {
    for (const answer of answers.splice(0)) answer();
    await Promise.resolve();
  };
  return { commit, many, groups, singles, answers, answerAll, pass };
}

test('the first go at once and alone, those that come meanwhile go together, no more than a request bears', async () => {
  const { many, groups, singles, answerAll } = stage();
  const outcomes = many(80);
  expect([singles.length, groups]).toEqual([8, []]);
  await answerAll();
  expect((await Promise.all(outcomes)).every(({ kind }) => kind === 'committed')).toBe(true);
  expect([singles.length, groups]).toEqual([8, [32, 32, 8]]);
});

test('a group of which not all were replaced is done again one by one, and each has its own outcome', async () => {
  const single = async ({ id }: SagaRecord) => {
    if (id === 'run-9') return { kind: 'conflict' } as const;
    if (id === 'run-11') throw unavailable('the store');
    return { kind: 'committed' } as const;
  };
  const { many } = stage({ single, together: async () => false });
  const outcomes = await Promise.allSettled(many(13));
  const kinds = outcomes.map((one) => (one.status === 'fulfilled' ? one.value.kind : one.reason.kind));
  expect(kinds.map((kind, index) => [index, kind]).filter(([, kind]) => kind !== 'committed')).toEqual([
    [9, 'conflict'],
    [11, 'unavailable'],
  ]);
});

test('no answer for a group is none for those that wait: nobody waits for longer than a call may take', async () => {
  const within: number[] = [];
  let refuse: () => void = () => undefined;
  const { many, answers, answerAll, pass } = stage({
    together: (_, withinMs) => {
      within.push(withinMs);
      return new Promise((_resolve, reject) => {
        refuse = () => reject(unavailable('the store'));
      });
    },
  });
  const first = many(8);
  const second = many(40);
  pass(1_900);
  answers.splice(0, 1)[0]?.();
  await first[0];
  await until(() => within.length > 0);
  expect(within).toEqual([600]);
  refuse();
  const ends = await Promise.all(second.map((one) => one.catch(isUnavailable)));
  expect(ends.every((end) => end === true)).toBe(true);
  await answerAll();
});
