// How far a group is behind: what lies in its topics above what it has committed.
import type { Admin } from 'kafkajs';

/** A partition of which nothing is committed counts from its oldest event. */
export async function groupLag(admin: Admin, groupId: string, topics: readonly string[]): Promise<number> {
  const [committed, ...ends] = await Promise.all([
    admin.fetchOffsets({ groupId, topics: [...topics] }),
    ...topics.map(async (topic) => ({ topic, partitions: await admin.fetchTopicOffsets(topic) })),
  ]);
  const begun = new Map(
    committed.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [`${partition} ${topic}`, Number(offset)] as const),
    ),
  );
  let lag = 0;
  for (const { topic, partitions } of ends) {
    for (const { partition, high, low } of partitions) {
      const from = Math.max(begun.get(`${partition} ${topic}`) ?? -1, Number(low));
      lag += Math.max(0, Number(high) - from);
    }
  }
  return lag;
}
