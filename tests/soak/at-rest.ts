// What a server leaves when everything has ended: a free house, and a database that owes nothing to anybody.
import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import type { Client } from '#tests/support/client.ts';
import { untilGiven } from '#tests/support/until.ts';

export const houseSize = 10;

/** As many runs as there are slots, all running at the same time. A slot that is still held leaves one waiting. */
export async function fullHouse(client: Client): Promise<void> {
  const script = "print('in')\ninput()\nprint('out')";
  const body = { script, lang: 'python', stdin_open: true };
  const ids: string[] = [];
  for (let number = 0; number < houseSize; number += 1) {
    const answer = await client.post('/execute', body);
    ids.push(((await answer.json()) as { execution_id: string }).execution_id);
  }
  const inAll = async (wanted: string) => {
    const outputs = ids.map(async (id) =>
      (await client.get(`/executions/${id}/output?stream=stdout`)).text(),
    );
    return (await Promise.all(outputs)).every((output) => output === wanted) ? true : null;
  };
  await untilGiven('the whole house runs at once', () => inAll('in\n'));
  await Promise.all(ids.map((id) => client.post(`/executions/${id}/stdin`, { data: '\n' })));
  await untilGiven('the whole house has ended', async () => {
    const views = ids.map(async (id) => (await client.get(`/executions/${id}`)).json());
    const statuses = (await Promise.all(views)) as { status: string }[];
    return statuses.every(({ status }) => status === 'completed') ? true : null;
  });
}

const nothingOf = {
  'records unfinished': "SELECT id, state FROM records WHERE final <> x'01' LIMIT 5",
  'records quarantined': "SELECT id, state FROM records WHERE quarantined <> x'00' LIMIT 5",
  'events in outboxes': 'SELECT id, state FROM records WHERE unsent_since IS NOT NULL LIMIT 5',
  'documents in the outbox': 'SELECT collection, id FROM document_outbox LIMIT 5',
  'slots held': "SELECT value, id FROM record_uniques WHERE value LIKE 'slot:%' LIMIT 5",
  'attempts held': 'SELECT id, held_count FROM records WHERE held_count > 0 LIMIT 5',
  'placements not gone': `SELECT body FROM "documents.placements" WHERE json_extract(body, '$.state') <> 'gone' LIMIT 5`,
  'dead letters': "SELECT id, fields FROM records WHERE machine = 'dead-letter' LIMIT 5",
} as const;

/** What a soak must have left, so that a question that finds nothing is not one that cannot find anything. */
const somethingOf = {
  'finished records to be found':
    "SELECT 1 FROM records WHERE final = x'01' AND quarantined = x'00' AND held_count = 0",
  'placements to be found': `SELECT 1 FROM "documents.placements" WHERE json_extract(body, '$.state') = 'gone'`,
} as const;

/** Each debt that the database of a stopped server still has; one entry, null or words, for each kind that was looked for. */
export function debtsOf(dataDir: string): Record<string, string | null> {
  const database = new Database(join(dataDir, 'greenroom.db'), { readonly: true });
  try {
    const looked = Object.entries(nothingOf).map(([name, sql]) => {
      const rows = database.query(sql).all();
      return [name, rows.length === 0 ? null : JSON.stringify(rows)];
    });
    const found = Object.entries(somethingOf).map(([name, sql]) => {
      return [name, database.query(sql).get() === null ? 'there are none' : null];
    });
    return Object.fromEntries([...looked, ...found]) as Record<string, string | null>;
  } finally {
    database.close();
  }
}
