// How a member lets its partitions go: what is in flight ends and is acknowledged first, within a bound.
import { describe, expect, test } from 'bun:test';
import { AssignerProtocol, type Cluster, type TopicPartitionOffset } from 'kafkajs';
import { groupProtocol } from '#src/adapters/kafka/group-protocol.ts';
import { keyLanes } from '#src/adapters/kafka/lanes.ts';
import { groupMembership } from '#src/adapters/kafka/membership.ts';
import { virtualClock } from '#tests/actors/virtual-clock.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { until } from '#tests/support/until.ts';

function world() {
  const clock = virtualClock();
  const lanes = keyLanes(clock, 10);
  const membership = groupMembership(clock, quietLogger(), lanes);
  membership.joined({ t: [0, 2] });
  const generation = membership.taking();
  const partition = generation?.partition('t', 0) ?? null;
  if (generation === null || partition === null) throw new Error('it has no part');
  const commits: (readonly TopicPartitionOffset[])[] = [];
  generation.commit = async (offsets) => void commits.push(offsets);
  const begun: number[] = [];
  const end = new Map<number, () => void>();
  const take = (offset: number, key: string): void => {
    partition.progress.take(offset);
    lanes.add({
      key,
      run: () => {
        begun.push(offset);
        return new Promise((resolve) => end.set(offset, resolve));
      },
      done: () => partition.progress.finish(offset),
      failed: () => undefined,
    });
  };
  return { clock, membership, generation, commits, begun, end, take };
}

describe('a member', () => {
  test('lets go at once what is all acknowledged', () => {
    const { membership, generation } = world();
    expect(membership.mayJoin()).toBe(true);
    expect([membership.taking(), membership.isCurrent(generation)]).toEqual([null, false]);
    expect(membership.owned()).toEqual([0, 2]);
  });

  test('waits for what is in flight, acknowledges it, and begins nothing more', async () => {
    const { membership, commits, begun, end, take } = world();
    take(5, 'a');
    take(6, 'a');
    expect(membership.mayJoin()).toBe(false);
    expect(membership.taking()).toBeNull();
    expect(commits).toEqual([]);
    end.get(5)?.();
    await until(() => membership.mayJoin());
    expect(commits).toEqual([[{ topic: 't', partition: 0, offset: '6' }]]);
    expect(begun).toEqual([5]);
  });

  test('does not wait for ever, and what ends later is not acknowledged by it', async () => {
    const { clock, membership, commits, end, take } = world();
    take(5, 'a');
    expect(membership.mayJoin()).toBe(false);
    await clock.advance(2_500);
    await until(() => membership.mayJoin());
    membership.joined({ t: [1] });
    end.get(5)?.();
    await membership.commits.flush();
    expect(commits).toEqual([]);
  });

  test('that closes takes nothing, whatever it joins', () => {
    const { membership } = world();
    membership.close();
    expect(membership.taking()).toBeNull();
    membership.joined({ t: [0] });
    expect(membership.taking()).toBeNull();
  });
});

describe("the group's protocol", () => {
  const members = (mayJoin: boolean) =>
    groupProtocol({ partitions: 4, owned: () => [1, 3], mayJoin: () => mayJoin })({
      cluster: {} as Cluster,
      groupId: 'g',
      logger: undefined as never,
    });

  test('is silent while a join has to wait, in the words that make the driver ask again', () => {
    expect(() => members(false).protocol({ topics: ['t'] })).toThrow(
      expect.objectContaining({ type: 'REBALANCE_IN_PROGRESS' }),
    );
  });

  test('carries what a member had to whoever shares out, and takes what it cannot read for nothing', async () => {
    const { metadata } = members(true).protocol({ topics: ['t'] });
    const foreign = AssignerProtocol.MemberMetadata.encode({
      version: 1,
      topics: ['t'],
      userData: Buffer.from('{'),
    });
    const shares = await members(true).assign({
      members: [
        { memberId: 'b', memberMetadata: metadata },
        { memberId: 'a', memberMetadata: foreign },
      ],
      topics: ['t'],
    });
    const found = shares.map(({ memberId, memberAssignment }) => [
      memberId,
      AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment.t,
    ]);
    expect(Object.fromEntries(found)).toEqual({ a: [0, 2], b: [1, 3] });
  });
});
