// How every run of the soak ended, judged against what its script must have written.
import type { Client } from '#tests/support/client.ts';
import type { Notes, Submitted } from './visitor.ts';

interface View {
  execution_id: string;
  script: string;
  status: string;
  exit_code: number | null;
  attempts: unknown[];
  termination: { reason: string } | null;
}

export interface Endings {
  reasons: Record<string, number>;
  checked: number;
  problems: string[];
}

const finals = ['completed', 'failed', 'timeout', 'cancelled', 'error'];

export async function unfinished(client: Client): Promise<string[]> {
  const listed = await listedRuns(client);
  return listed.filter(({ status }) => !finals.includes(status)).map(({ id, status }) => `${id} ${status}`);
}

/** Those whose list of events tells no end yet. */
export async function untold(client: Client, { accepted }: Notes): Promise<string[]> {
  for (const id of accepted.keys()) if ((await terminalEvents(client, id)) === 0) return [id];
  return [];
}

export async function judgeEndings(client: Client, notes: Notes): Promise<Endings> {
  const endings: Endings = { reasons: {}, checked: 0, problems: [] };
  const bySample = new Map([...notes.accepted.values()].map(({ sample }) => [sample.script, sample]));
  const unknown = new Map<string, number>();
  const listed = await listedRuns(client);
  for (const { id } of listed) {
    const view = (await (await client.get(`/executions/${id}`)).json()) as View;
    const sample = bySample.get(view.script);
    const submitted = notes.accepted.get(id);
    if (submitted === undefined) unknown.set(view.script, (unknown.get(view.script) ?? 0) + 1);
    if (sample === undefined) endings.problems.push(`${id}: a run that nobody asked for`);
    else await judge(client, view, submitted ?? { id, sample, cancelAsked: false }, endings);
  }
  for (const [script, count] of unknown) {
    if (count > (notes.perhaps.get(script) ?? 0)) endings.problems.push(`doubled: ${script.slice(-200)}`);
  }
  const ids = new Set(listed.map(({ id }) => id));
  for (const id of notes.accepted.keys()) {
    if (!ids.has(id)) endings.problems.push(`${id}: accepted, and not there`);
  }
  return endings;
}

async function judge(
  client: Client,
  view: View,
  { id, sample, cancelAsked }: Submitted,
  endings: Endings,
): Promise<void> {
  const reason = view.termination?.reason ?? 'none';
  const problem = (words: string) => endings.problems.push(`${id} (${sample.kind}, ${reason}): ${words}`);
  endings.reasons[reason] = (endings.reasons[reason] ?? 0) + 1;
  endings.checked += 1;
  const [stdout, stderr] = await Promise.all(
    ['stdout', 'stderr'].map(async (stream) =>
      (await client.get(`/executions/${id}/output?stream=${stream}`)).text(),
    ),
  );
  const terminal = await terminalEvents(client, id);
  if (terminal !== 1) problem(`${terminal} terminal events`);
  if (reason === 'exited') {
    if (stdout !== sample.output) problem(`wrote ${JSON.stringify(stdout?.slice(-300))}`);
    if (stderr !== '' || view.exit_code !== 0) problem(`exit code ${view.exit_code}, ${stderr?.slice(-300)}`);
    return;
  }
  if (!sample.output.startsWith(stdout ?? '')) problem(`no prefix: ${JSON.stringify(stdout?.slice(-300))}`);
  const interactive = sample.kind === 'conversation';
  const explained =
    (reason === 'cancelled' && cancelAsked) ||
    (reason === 'lost' && (interactive || cancelAsked || view.attempts.length === 2));
  if (!explained) problem(`not explained, with ${view.attempts.length} attempts`);
}

async function terminalEvents(client: Client, id: string): Promise<number> {
  const events = (await (await client.get(`/executions/${id}/events?limit=1000`)).json()) as {
    event_type: string;
  }[];
  const pattern = /^execution_(completed|failed|timeout|cancelled)$/;
  return events.filter(({ event_type: type }) => pattern.test(type)).length;
}

async function listedRuns(client: Client): Promise<{ id: string; status: string }[]> {
  const runs = new Map<string, string>();
  for (let skip = 0; ; skip += 200) {
    const page = (await (await client.get(`/user/executions?limit=200&skip=${skip}`)).json()) as {
      executions: { execution_id: string; status: string }[];
      has_more: boolean;
    };
    for (const { execution_id: id, status } of page.executions) runs.set(id, status);
    if (!page.has_more) return [...runs].map(([id, status]) => ({ id, status }));
  }
}
