// Judges an installation after a load: every run that was accepted has ended once, in a way that is explained, and nothing is
// owed to anybody any more.
import { judgeEndings, unfinished, untold } from '#tests/soak/endings.ts';
import { lastOf } from '#tests/soak/last-of.ts';
import type { Notes } from '#tests/soak/visitor.ts';
import type { Client } from '#tests/support/client.ts';
import { debtsOf } from './debts.ts';
import type { Deployment } from './deployment.ts';
import { insistently } from './insistent-client.ts';

export interface Judged {
  /** How many runs ended for which reason. */
  reasons: Record<string, number>;
  problems: string[];
}

/** @param restMs how long everything may take to come to its end */
export async function judgedAtRest(
  fleet: Deployment,
  asking: Client,
  notes: Notes,
  restMs: number,
): Promise<Judged> {
  const client = insistently(asking);
  const going = await lastOf(restMs, () => unfinished(client));
  const waiting = await lastOf(restMs, () => untold(client, notes));
  const { reasons, problems } = await judgeEndings(client, notes);
  const owed = async (): Promise<string[]> => {
    const debts = await debtsOf({ uri: fleet.servers.MONGODB_URI, database: fleet.database });
    return Object.entries(debts).flatMap(([name, words]) => (words === null ? [] : [`${name}: ${words}`]));
  };
  const debts = await lastOf(restMs, owed);
  return {
    reasons,
    problems: [
      ...notes.problems,
      ...going.map((words) => `has not ended: ${words}`),
      ...waiting.map((id) => `${id}: its events tell no end`),
      ...problems,
      ...debts,
      ...fleet.fallen(),
    ],
  };
}
