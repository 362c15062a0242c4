// Which topics are to be made, and with how many partitions: every topic has as many as any other, since only then all
// messages of a key lie in partitions of one number, which one process gets.
import { unfit } from './options.ts';

export interface TopicPlan {
  missing: readonly string[];
  partitions: number;
}

/**
 * @param found partitions of each topic that exists
 * @throws DomainError with a sentence for the operator when what exists does not fit
 */
export function planTopics(
  names: readonly string[],
  found: ReadonlyMap<string, number>,
  partitions: number,
): TopicPlan {
  const missing = names.filter((name) => !found.has(name));
  const [first, ...others] = names.filter((name) => found.has(name));
  if (first === undefined) return { missing, partitions };
  const there = found.get(first) ?? 0;
  const odd = others.find((name) => found.get(name) !== there);
  if (odd !== undefined) {
    throw unfit(
      `topic ${first} has ${there} partitions and topic ${odd} has ${found.get(odd)}; all topics need the same number`,
    );
  }
  if (there < partitions) {
    throw unfit(
      `its topics have ${there} partitions and the setting says ${partitions}; set it to ${there}, or add partitions to ` +
        'every topic while nothing runs and nothing waits in them',
    );
  }
  return { missing, partitions: there };
}
