// Who of a group gets which partitions. Topics that the same members want go together: partition 3 of each to one member,
// so that all messages of a key meet in one process. Members of two releases may want different topics.

export interface Member {
  id: string;
  topics: readonly string[];
  /** Numbers of the partitions that it had until now. */
  owned: readonly number[];
}

/** Partitions by topic. */
export type Share = Record<string, number[]>;

/** The same for the same members in whatever order; shares differ by one at most; who had a partition keeps it where that allows. */
export function assignPartitions(members: readonly Member[], partitions: number): Map<string, Share> {
  const sorted = members.toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const shares = new Map<string, Share>(sorted.map(({ id }) => [id, {}]));
  const owners = new Map<string, readonly string[]>();
  for (const topic of new Set(sorted.flatMap(({ topics }) => topics))) {
    const wanting = sorted.filter(({ topics }) => topics.includes(topic));
    const names = wanting.map(({ id }) => id).join(' ');
    const found = owners.get(names) ?? ownersOf(wanting, partitions);
    owners.set(names, found);
    for (const [partition, owner] of found.entries()) {
      const share = shares.get(owner) ?? {};
      share[topic] = [...(share[topic] ?? []), partition];
    }
  }
  return shares;
}

/** The owner of each partition. */
function ownersOf(members: readonly Member[], partitions: number): string[] {
  const least = Math.floor(partitions / members.length);
  let withOneMore = partitions % members.length;
  const counts = new Map(members.map(({ id }) => [id, 0]));
  const owners: (string | undefined)[] = Array.from({ length: partitions });

  function take(id: string, partition: number): boolean {
    const count = counts.get(id) ?? 0;
    if (count > least || (count === least && withOneMore === 0)) return false;
    if (count === least) withOneMore -= 1;
    counts.set(id, count + 1);
    owners[partition] = id;
    return true;
  }

  for (const { id, owned } of members) {
    for (const partition of owned) {
      if (partition < partitions && owners[partition] === undefined) take(id, partition);
    }
  }
  for (const partition of owners.keys()) {
    if (owners[partition] !== undefined) continue;
    members.some(({ id }) => take(id, partition));
  }
  return owners.map((owner) => owner ?? '');
}
