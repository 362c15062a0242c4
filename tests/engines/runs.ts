// Runs as a client of an installation sees them, at whichever interface it asks.
import type { Client } from '#tests/support/client.ts';
import { until } from '#tests/support/until.ts';

export interface RunView {
  status: string;
  exit_code: number | null;
  termination: { reason: string } | null;
  attempts: { number: number }[];
}

/** An engine may be away or a process be on its way up for so long. */
const endWithinMs = 200_000;

export async function submit(client: Client, script: string, more: object = {}): Promise<string> {
  const answer = await client.post('/execute', { script, lang: 'python', ...more });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`submitting: ${answer.status} ${text}`);
  return (JSON.parse(text) as { execution_id: string }).execution_id;
}

export const viewOf = async (client: Client, id: string): Promise<RunView> =>
  (await (await client.get(`/executions/${id}`)).json()) as RunView;

export const outputOf = async (client: Client, id: string): Promise<string> =>
  (await client.get(`/executions/${id}/output?stream=stdout`)).text();

export const writes = (client: Client, id: string, text: string): Promise<void> =>
  until(async () => (await outputOf(client, id)).includes(text), endWithinMs);

export async function endOf(client: Client, id: string): Promise<RunView> {
  let last: RunView | null = null;
  await until(async () => {
    last = await viewOf(client, id);
    return last.termination != null;
  }, endWithinMs).catch((error: unknown) => {
    throw new Error(`run ${id} has no end: ${JSON.stringify(last)}`, { cause: error });
  });
  return last ?? viewOf(client, id);
}
