// kill -9 in mid-run, ten times: after the restart every accepted run ends once, with one reason, and nothing is left.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readdir, readFile } from 'node:fs/promises';
import {
  adminAccount,
  type Binary,
  newDataDir,
  removeDataDir,
  startBinary,
  until,
} from '#tests/support/binary.ts';
import { adminClient, type Client, login } from '#tests/support/client.ts';

const kills = 10;
let dataDir: string;
beforeAll(async () => {
  dataDir = await newDataDir();
});
afterAll(() => removeDataDir(dataDir));

interface View {
  status: string;
  termination: { reason: string } | null;
}

const scripts = [
  "print('short')",
  'import time\nfor i in range(30):\n    print(i)\n    time.sleep(0.02)',
  "import time\nprint('long')\ntime.sleep(1)\nprint('end')",
];

async function submit(client: Client, round: number): Promise<string[]> {
  const answers = await Promise.all(
    scripts.map((script) => client.post('/execute', { script: `${script}\n# ${round}`, lang: 'python' })),
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

/** Processes whose command line names this data folder or our supervisor under it. */
async function processesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    try {
      const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
      if (words.includes(folder) && (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.[0] !== 'Z')
        found.push(words);
    } catch (error) {
      // It ended while we looked.
      if (!(error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code))))
        throw error;
    }
  }
  return found;
}

test('every accepted run ends once after a kill in mid-run, and no sandbox is left', async () => {
  const accepted: string[] = [];
  let binary: Binary = await startBinary({ dataDir });
  let client = await adminClient(binary);
  for (let round = 0; round < kills; round += 1) {
    accepted.push(...(await submit(client, round)));
    // Killed once at a different point of the runs each time: as soon as so many frames of the last one are there.
    const id = accepted.at(-2) ?? '';
    const wanted = round % 4;
    await until('the run has begun', async () => {
      const bytes = await (await client.get(`/executions/${id}/output?stream=stdout`)).text();
      return bytes.split('\n').length > wanted ? true : null;
    });
    await binary.stop('SIGKILL');
    await until('no process of it is left', async () =>
      (await processesOf(dataDir)).length === 0 ? true : null,
    );
    binary = await startBinary({ dataDir });
    client = await login(binary.url, adminAccount.username, adminAccount.password);
  }
  const endings: Record<string, number> = {};
  for (const id of accepted) {
    const view = await until(
      `run ${id} ends`,
      () => ended(client, id),
      () => null,
      () => '',
      60_000,
    );
    const reason = view.termination?.reason ?? 'none';
    endings[reason] = (endings[reason] ?? 0) + 1;
    const events = (await (await client.get(`/executions/${id}/events?limit=1000`)).json()) as {
      event_type: string;
    }[];
    const terminal = events.filter(({ event_type: type }) =>
      /^execution_(completed|failed|timeout|cancelled)$/.test(type),
    );
    expect([id, terminal.length]).toEqual([id, 1]);
  }
  expect(accepted.length).toBe(kills * scripts.length);
  // The first loss is repeated, so a run is lost only when two kills met both of its attempts.
  expect(Object.keys(endings).every((reason) => ['exited', 'lost'].includes(reason))).toBe(true);
  expect(endings.exited ?? 0).toBeGreaterThan(accepted.length / 2);
  expect(await binary.stop()).toBe(0);
  await until('no process is left', async () => ((await processesOf(dataDir)).length === 0 ? true : null));
}, 300_000);
