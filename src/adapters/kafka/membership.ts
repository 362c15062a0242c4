// The part that one member has in its group: which generation it is in, and how one ends before the next is joined.
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { type Commits, groupCommits } from './commits.ts';
import { atMost } from './deadline.ts';
import { type Generation, newGeneration } from './generation.ts';
import type { Lanes } from './lanes.ts';

export interface Membership {
  commits: Commits;
  /** In which messages are taken now; null while it has no part in its group, or gives it up. */
  taking(): Generation | null;
  isCurrent(generation: Generation): boolean;
  /** Numbers of the partitions that it had last. */
  owned(): readonly number[];
  /** Ends the generation, if there is one; true once nothing of it is in flight, or was for too long. */
  mayJoin(): boolean;
  joined(assigned: Readonly<Record<string, readonly number[]>>): void;
  /** Takes no messages any more, whatever it joins. */
  close(): void;
  isClosed(): boolean;
}

/** What a join waits for, at most. Heartbeats pause meanwhile, and the session must outlive both. */
const handOverMs = { inFlight: 2_500, commit: 1_000 };

export function groupMembership(clock: Clock, logger: Logger, lanes: Lanes): Membership {
  let generation: Generation | null = null;
  let owned: readonly number[] = [];
  let isLeaving = false;
  let isClosed = false;
  const commits = groupCommits({ clock, logger, current: () => generation });

  async function leave(): Promise<void> {
    isLeaving = true;
    await atMost(clock, handOverMs.inFlight, lanes.idle());
    await atMost(clock, handOverMs.commit, commits.flush());
    generation = null;
    isLeaving = false;
  }

  return {
    commits,
    taking: () => (isLeaving || isClosed ? null : generation),
    isCurrent: (other) => other === generation,
    owned: () => owned,
    mayJoin() {
      if (generation !== null && !isLeaving) {
        lanes.drop();
        if (lanes.running() === 0 && generation.uncommitted().length === 0) generation = null;
        else void leave();
      }
      return !isLeaving;
    },
    joined(assigned) {
      owned = [...new Set(Object.values(assigned).flat())];
      generation = newGeneration(assigned);
    },
    close() {
      isClosed = true;
      lanes.drop();
    },
    isClosed: () => isClosed,
  };
}
