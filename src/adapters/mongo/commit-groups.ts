// Commits of many records in few requests: while some are under way, those that come wait and then go together. A commit alone
// goes at once. When not all of a group were replaced, each is done again by itself, which finds what is done already.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { CommitOutcome } from '#src/ports/records.ts';
import { noAnswer } from './failures.ts';

export type Commit = (record: SagaRecord) => Promise<CommitOutcome>;

export interface CommitWays {
  /** May be repeated: says of the very same commit that it was done. */
  single: Commit;
  /** Whether every one of them was committed; false where that is not known. @throws unavailable */
  together(records: readonly SagaRecord[], withinMs: number): Promise<boolean>;
  /** Milliseconds from an arbitrary start. */
  now(): number;
}

interface Waiting {
  record: SagaRecord;
  since: number;
  resolve(outcome: CommitOutcome): void;
  reject(error: unknown): void;
}

const groupsMax = 8;
/** The largest records in one request are still far below what a server takes. */
const togetherMax = 32;
/** Waiting and being committed together take no longer than one call. */
const withinMs = 2_500;
const groupMsMin = 500;

export function commitGroups({ single, together, now }: CommitWays): Commit {
  const waiting: Waiting[] = [];
  let running = 0;

  async function run(group: readonly Waiting[]): Promise<void> {
    running += 1;
    try {
      if (group.length > 1 && (await areCommitted(group)))
        for (const { resolve } of group) resolve({ kind: 'committed' });
      else
        await Promise.all(group.map(({ record, resolve, reject }) => single(record).then(resolve, reject)));
    } catch (error) {
      for (const { reject } of group) reject(error);
      // Those that wait would wait for the same server, and for longer than a call may take.
      for (const { reject } of waiting.splice(0)) reject(noAnswer('a commit before this one had no answer'));
    }
    running -= 1;
    start();
  }

  async function areCommitted(group: readonly Waiting[]): Promise<boolean> {
    const leftMs = withinMs - (now() - Math.min(...group.map(({ since }) => since)));
    return together(
      group.map(({ record }) => record),
      Math.max(groupMsMin, leftMs),
    );
  }

  function start(): void {
    while (running < groupsMax && waiting.length > 0) void run(waiting.splice(0, togetherMax));
  }

  return (record) =>
    new Promise((resolve, reject) => {
      waiting.push({ record, since: now(), resolve, reject });
      start();
    });
}
