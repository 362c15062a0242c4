// The compiled server as a process: how soon it answers, and what it holds, beside bare Elysia on the same runtime.
import { join } from 'node:path';
import { newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient, type Client } from '#tests/support/client.ts';
import { figuresOf } from '#tests/support/process-figures.ts';
import { untilGiven } from '#tests/support/until.ts';
import type { Bench, Sample } from './bench.ts';

const bare = 'bare Elysia';

export const start: Bench = {
  title: 'The server as a process',
  figures: [
    { name: 'start to first 200', unit: 'ms', reference: bare, goal: { most: 150 } },
    { name: 'the same, the first time in a folder', unit: 'ms', reference: bare },
    { name: 'memory after the start', unit: 'MB', reference: bare, goal: { most: 120 } },
    { name: 'memory at rest after 200 runs', unit: 'MB', reference: bare, goal: { most: 120 } },
  ],
  async open({ smoke }) {
    const size = smoke ? { runs: 2, restMs: 0 } : { runs: 200, restMs: 16_000 };
    return { round: () => round(size), close: async () => undefined };
  },
};

async function round({ runs, restMs }: { runs: number; restMs: number }): Promise<readonly Sample[]> {
  const reference = await bareServer();
  const dataDir = await newDataDir();
  try {
    // The first start also makes the database and asks every interpreter of the machine for its version.
    const first = await startBinary({ dataDir });
    await first.stop();
    const binary = await startBinary({ dataDir });
    try {
      const idle = await residentMegabytes(binary.pid);
      await runMany(await adminClient(binary), runs);
      const rested = await leastMegabytes(binary.pid, restMs);
      return [
        { ours: binary.startMs, reference: reference.startMs },
        { ours: first.startMs, reference: reference.startMs },
        { ours: idle, reference: reference.megabytes },
        { ours: rested, reference: reference.megabytes },
      ];
    } finally {
      await binary.stop();
    }
  } finally {
    await removeDataDir(dataDir);
  }
}

/** Within so long after its work; garbage is collected once the process is at rest. */
async function leastMegabytes(pid: number, withinMs: number): Promise<number> {
  const until = performance.now() + withinMs;
  let least = await residentMegabytes(pid);
  while (performance.now() < until) {
    await Bun.sleep(200);
    least = Math.min(least, await residentMegabytes(pid));
  }
  return least;
}

const residentMegabytes = async (pid: number): Promise<number> =>
  ((await figuresOf(pid)).residentMiB * 1_048_576) / 1_000_000;

async function bareServer(): Promise<{ startMs: number; megabytes: number }> {
  const began = performance.now();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'bare-server.ts')], {
    stdin: 'ignore',
    stdout: 'pipe',
  });
  try {
    let printed = '';
    let url: string | undefined;
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      printed += decoder.decode(chunk, { stream: true });
      url = /listens on (\S+)\n/.exec(printed)?.[1];
      if (url !== undefined) break;
    }
    if (url === undefined) throw new Error(`the bare server does not listen: ${printed}`);
    if (!(await fetch(`${url}/api/v1/health/live`)).ok) throw new Error('the bare server does not answer');
    return { startMs: performance.now() - began, megabytes: await residentMegabytes(child.pid) };
  } finally {
    child.kill();
    await child.exited;
  }
}

export async function runMany(client: Client, count: number): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await runOnce(client);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

async function runOnce(client: Client): Promise<void> {
  const answer = await client.post('/execute', { script: "print('held')", lang: 'python' });
  const { execution_id: id } = (await answer.json()) as { execution_id: string };
  await untilGiven('the run ends', async () => {
    const view = (await (await client.get(`/executions/${id}`)).json()) as { termination: object | null };
    return view.termination;
  });
}
