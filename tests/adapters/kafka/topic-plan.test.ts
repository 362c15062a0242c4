// Which topics are made, and what is refused with a sentence.
import { describe, expect, test } from 'bun:test';
import { planTopics } from '#src/adapters/kafka/topic-plan.ts';

const names = ['a', 'b', 'c'];
const plan = (found: Record<string, number>, partitions: number) =>
  planTopics(names, new Map(Object.entries(found)), partitions);

describe('topics', () => {
  test('are all made when there are none', () => {
    expect(plan({}, 6)).toEqual({ missing: names, partitions: 6 });
  });

  test('that are missing are made like those that are there', () => {
    expect(plan({ a: 6, c: 6 }, 6)).toEqual({ missing: ['b'], partitions: 6 });
    expect(plan({ a: 12, c: 12 }, 6)).toEqual({ missing: ['b'], partitions: 12 });
  });

  test('of others do not count', () => {
    expect(plan({ stranger: 1 }, 6)).toEqual({ missing: names, partitions: 6 });
  });

  test('with fewer partitions than the setting says are refused', () => {
    expect(() => plan({ a: 3, b: 3, c: 3 }, 6)).toThrow(
      'its topics have 3 partitions and the setting says 6',
    );
  });

  test('with different numbers of partitions are refused', () => {
    expect(() => plan({ a: 6, b: 12 }, 6)).toThrow('topic a has 6 partitions and topic b has 12');
  });
});
