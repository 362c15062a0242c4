// One membership of a group, from a join to the next: the partitions that this member has and how far it is in each.
// Nothing of it counts once it is over.
import type { TopicPartitionOffset } from 'kafkajs';
import { type Progress, trackProgress } from './progress.ts';

/** The driver's way to commit, in the name of the generation that it is in when it is called. */
export type Commit = (offsets: readonly TopicPartitionOffset[]) => Promise<void>;

export interface Partition {
  topic: string;
  number: number;
  progress: Progress;
  paused: boolean;
}

export interface Generation {
  /** Messages that are taken and not finished. */
  unfinished: number;
  /** Null for one that this member does not have. */
  partition(topic: string, number: number): Partition | null;
  all(): readonly Partition[];
  uncommitted(): TopicPartitionOffset[];
  committed(offsets: readonly TopicPartitionOffset[]): void;
  commit: Commit;
}

const nameOf = (topic: string, number: number): string => `${number} ${topic}`;

/** @param assigned partitions by topic */
export function newGeneration(assigned: Readonly<Record<string, readonly number[]>>): Generation {
  const partitions = new Map<string, Partition>();
  for (const [topic, numbers] of Object.entries(assigned)) {
    for (const number of numbers) {
      const partition: Partition = { topic, number, progress: trackProgress(), paused: false };
      partitions.set(nameOf(topic, number), partition);
    }
  }
  return {
    unfinished: 0,
    partition: (topic, number) => partitions.get(nameOf(topic, number)) ?? null,
    all: () => [...partitions.values()],
    uncommitted() {
      const found: TopicPartitionOffset[] = [];
      for (const { topic, number, progress } of partitions.values()) {
        const next = progress.uncommitted();
        if (next !== null) found.push({ topic, partition: number, offset: String(next) });
      }
      return found;
    },
    committed(offsets) {
      for (const { topic, partition, offset } of offsets) {
        partitions.get(nameOf(topic, partition))?.progress.committed(Number(offset));
      }
    },
    // Replaced with the first messages that come; before them there is nothing to commit.
    commit: async () => undefined,
  };
}
