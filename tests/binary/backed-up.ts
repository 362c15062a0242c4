// A server with runs that have ended, one that is under way, and a backup of it that was made while runs were submitted.
import { expect } from 'bun:test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Binary, newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient, type Client } from '#tests/support/client.ts';
import { greenroom } from '#tests/support/command.ts';
import { untilGiven } from '#tests/support/until.ts';

export interface RunView {
  /** Absent for a run that is not there. */
  execution_id?: string;
  status: string;
  termination: { reason: string; message: string } | null;
}

/** Result and output of a run, as they are shown. */
export interface Shown {
  result: unknown;
  /** A letter for each byte. */
  output: string;
}

export interface BackedUp {
  dataDir: string;
  /** Where the backups of this test lie. */
  backups: string;
  backup: string;
  binary: Binary;
  client: Client;
  /** What each run showed that had ended before the backup. */
  ended: ReadonlyMap<string, Shown>;
  /** Wrote `begun` before the backup began, and was under way when it was made. */
  long: string;
  /** Accepted while the backup was made: some of them are in it. */
  submitted: readonly string[];
  /** A path in the test's own folder, for files and for data folders of others. */
  place(name: string): string;
  remove(): Promise<void>;
}

export async function backedUp(): Promise<BackedUp> {
  const root = await newDataDir();
  const place = (name: string): string => join(root, name);
  const [dataDir, backups] = [place('data'), place('backups')];
  const backup = join(backups, 'first.db');
  await mkdir(backups);
  const binary = await startBinary({ dataDir });
  const client = await adminClient(binary);
  const ended = new Map<string, Shown>();
  for (const script of scripts) {
    const id = await submit(client, script);
    await runEnds(client, id);
    ended.set(id, await shown(client, id));
  }
  const long = await submit(client, "import time\nprint('begun', flush=True)\ntime.sleep(60)");
  await untilGiven('the long run has begun', async () =>
    (await shown(client, long)).output === 'begun\n' ? true : null,
  );
  const submitted = await underLoad(client, async () => {
    expect(await greenroom(dataDir, ['backup', backup])).toMatchObject({ code: 0, err: '' });
  });
  const remove = async (): Promise<void> => {
    await binary.stop();
    await removeDataDir(root);
  };
  return { dataDir, backups, backup, binary, client, ended, long, submitted, place, remove };
}

/** Ends with 1 and a sentence, never with a stack. */
export async function refusedWith(
  dataDir: string,
  words: readonly string[],
  sentence: string,
  expectedCode = 1,
): Promise<void> {
  const { code, err } = await greenroom(dataDir, words);
  expect([code, err]).toEqual([expectedCode, expect.stringContaining(sentence)]);
  expect(err).not.toContain('    at ');
}

const scripts = [
  "print('one')",
  'import sys\nsys.stdout.buffer.write(bytes(range(256)) * 300)',
  "print('ä' * 5000)",
];

export async function submit(client: Client, script: string): Promise<string> {
  const answer = await client.post('/execute', { script, lang: 'python' });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { execution_id: string }).execution_id;
}

export const runView = async (client: Client, id: string): Promise<RunView> =>
  (await (await client.get(`/executions/${id}`)).json()) as RunView;

export const finals = ['completed', 'failed', 'timeout', 'cancelled', 'error'];

export const runEnds = (client: Client, id: string): Promise<RunView> =>
  untilGiven(`run ${id} ends`, async () => {
    const now = await runView(client, id);
    return finals.includes(now.status) ? now : null;
  });

export async function shown(client: Client, id: string): Promise<Shown> {
  const output = await (await client.get(`/executions/${id}/output?stream=stdout`)).arrayBuffer();
  return {
    result: await (await client.get(`/executions/${id}/result`)).json(),
    output: Buffer.from(output).toString('latin1'),
  };
}

/** Submits before the work and until it is over, and answers all that was accepted. */
async function underLoad(client: Client, work: () => Promise<unknown>): Promise<string[]> {
  const accepted = [await submit(client, "print('before')")];
  let over = false;
  const finished = work().finally(() => {
    over = true;
  });
  while (!over) accepted.push(await submit(client, `print(${accepted.length})`));
  await finished;
  return accepted;
}
