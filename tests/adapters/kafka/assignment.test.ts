// Who gets which partitions, whoever is there and whatever they want.
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { assignPartitions, type Member } from '#src/adapters/kafka/assignment.ts';

const topicSets = [['a', 'b', 'c'], ['a', 'b'], ['c']] as const;

const members = fc
  .array(
    fc.record({
      topics: fc.constantFrom(...topicSets),
      owned: fc.uniqueArray(fc.nat({ max: 15 }), { maxLength: 6 }),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .map((found) => found.map((member, index): Member => ({ id: `m${index}`, ...member })));

const counts = fc.integer({ min: 1, max: 12 });

const ownersOf = (shares: ReadonlyMap<string, Record<string, number[]>>, topic: string) =>
  [...shares].flatMap(([id, share]) => (share[topic] ?? []).map((partition) => [partition, id] as const));

describe('partitions of a group', () => {
  test('go to exactly one member that wants their topic', () => {
    fc.assert(
      fc.property(members, counts, (group, partitions) => {
        const shares = assignPartitions(group, partitions);
        expect([...shares.keys()].sort()).toEqual(group.map(({ id }) => id).sort());
        for (const topic of new Set(group.flatMap(({ topics }) => topics))) {
          const owners = ownersOf(shares, topic);
          expect(owners.map(([partition]) => partition).sort((a, b) => a - b)).toEqual([
            ...Array(partitions).keys(),
          ]);
          for (const [, owner] of owners) {
            expect(group.find(({ id }) => id === owner)?.topics).toContain(topic);
          }
        }
      }),
    );
  });

  test('of one number go together where the same members want their topics', () => {
    fc.assert(
      fc.property(members, counts, (group, partitions) => {
        const alike = group.map((member) => ({ ...member, topics: topicSets[0] }));
        const shares = assignPartitions(alike, partitions);
        for (const share of shares.values()) {
          expect(share.b).toEqual(share.a as number[]);
          expect(share.c).toEqual(share.a as number[]);
        }
      }),
    );
  });

  test('are shared evenly', () => {
    fc.assert(
      fc.property(members, counts, (group, partitions) => {
        const shares = assignPartitions(group, partitions);
        for (const topic of topicSets[0]) {
          const sizes = group
            .filter(({ topics }) => (topics as readonly string[]).includes(topic))
            .map(({ id }) => shares.get(id)?.[topic]?.length ?? 0);
          if (sizes.length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('are shared alike by every leader, in whatever order it hears of the members', () => {
    fc.assert(
      fc.property(members, counts, (group, partitions) => {
        const reversed = assignPartitions(group.toReversed(), partitions);
        expect(Object.fromEntries(reversed)).toEqual(Object.fromEntries(assignPartitions(group, partitions)));
      }),
    );
  });

  test('stay where they are when nobody comes or leaves, and most of them when one does', () => {
    const before = assignPartitions(
      ['one', 'two', 'three'].map((id) => ({ id, topics: ['a'], owned: [] })),
      6,
    );
    const again = [...before].map(([id, share]) => ({ id, topics: ['a'], owned: share.a ?? [] }));
    expect(assignPartitions(again, 6)).toEqual(before);
    const without = assignPartitions(again.slice(1), 6);
    for (const { id, owned } of again.slice(1)) {
      expect(without.get(id)?.a).toEqual(expect.arrayContaining([...owned]));
    }
  });
});
