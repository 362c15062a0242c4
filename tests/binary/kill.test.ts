// kill -9 in mid-run, ten times: after the restart every accepted run ends once, with one reason, and nothing is left.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { adminAccount, type Binary, newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient, type Client, login } from '#tests/support/client.ts';
import { processesWith } from '#tests/support/processes.ts';
import { untilGiven } from '#tests/support/until.ts';

const kills = 10;
let dataDir: string;
let binary: Binary | undefined;
beforeAll(async () => {
  dataDir = await newDataDir();
});
afterAll(async () => {
  // A failed test must not leave its server behind.
  await binary?.stop('SIGKILL');
  await removeDataDir(dataDir);
});

interface View {
  status: string;
  termination: { reason: string } | null;
}

const scripts = [
  { text: "print('short')", output: 'short\n' },
  {
    text: 'import time\nfor i in range(30):\n    print(i)\n    time.sleep(0.02)',
    output: Array.from({ length: 30 }, (_, line) => `${line}\n`).join(''),
  },
  { text: "import time\nprint('long')\ntime.sleep(1)\nprint('end')", output: 'long\nend\n' },
];

async function submit(client: Client, round: number): Promise<string[]> {
  const answers = await Promise.all(
    scripts.map(({ text }) => client.post('/execute', { script: `${text}\n# ${round}`, lang: 'python' })),
  );
  return Promise.all(
    answers.map(async (answer) => {
      expect(answer.status).toBe(200);
      return ((await answer.json()) as { execution_id: string }).execution_id;
    }),
  );
}

const finals = ['completed', 'failed', 'timeout', 'cancelled', 'error'];

async function ended(client: Client, id: string): Promise<View | null> {
  const view = (await (await client.get(`/executions/${id}`)).json()) as View;
  return finals.includes(view.status) ? view : null;
}

test('every accepted run ends once after a kill in mid-run, and no sandbox is left', async () => {
  const tally: Record<string, number> = {};
  binary = await startBinary({ dataDir });
  let client = await adminClient(binary);
  for (let round = 0; round < kills; round += 1) {
    const accepted = await submit(client, round);
    // Killed at a different point of the runs each time: as soon as the second one has written so many lines.
    const lines = round % 4;
    await untilGiven('the run has begun', async () => {
      const bytes = await (await client.get(`/executions/${accepted[1]}/output?stream=stdout`)).text();
      return bytes.split('\n').length > lines ? true : null;
    });
    await binary.stop('SIGKILL');
    await untilGiven('no process of it is left', async () =>
      (await processesWith(dataDir)).length === 0 ? true : null,
    );
    binary = await startBinary({ dataDir });
    client = await login(binary.url, adminAccount.username, adminAccount.password);
    for (const [index, id] of accepted.entries()) {
      const ends = () => ended(client, id);
      const view = await untilGiven(`run ${id} ends`, ends, { withinMs: 60_000 });
      const reason = view.termination?.reason ?? 'none';
      tally[reason] = (tally[reason] ?? 0) + 1;
      // One loss by the platform is repeated, so one kill loses nothing; the bytes are those of one attempt.
      expect([id, reason]).toEqual([id, 'exited']);
      const output = await (await client.get(`/executions/${id}/output?stream=stdout`)).text();
      expect([id, output]).toEqual([id, scripts[index]?.output ?? '']);
      // The list of events is a projection: it follows, and never shows a second one.
      const terminal = await untilGiven(
        `the events of ${id} tell its end`,
        async () => (await terminalEvents(client, id)) || null,
      );
      expect([id, terminal]).toEqual([id, 1]);
    }
  }
  expect(tally).toEqual({ exited: kills * scripts.length });
  expect(await binary.stop()).toBe(0);
  await untilGiven('no process is left', async () =>
    (await processesWith(dataDir)).length === 0 ? true : null,
  );
}, 300_000);

async function terminalEvents(client: Client, id: string): Promise<number> {
  const events = (await (await client.get(`/executions/${id}/events?limit=1000`)).json()) as {
    event_type: string;
  }[];
  return events.filter(({ event_type: type }) =>
    /^execution_(completed|failed|timeout|cancelled)$/.test(type),
  ).length;
}
