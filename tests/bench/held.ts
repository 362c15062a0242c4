// What the compiled server holds after many runs: memory, descriptors, children, at rest after each tenth. One line a figure.
//   bun tests/bench/held.ts [--runs 2000]
import { parseArgs } from 'node:util';
import { newDataDir, removeDataDir, startBinary, until } from '#tests/support/binary.ts';
import { adminClient, type Client } from '#tests/support/client.ts';
import { figuresOf } from '#tests/support/process-figures.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '2000' } } });
const runs = Number(values.runs);
const parts = 10;
const settleMs = 2_000;

const dataDir = await newDataDir();
const binary = await startBinary({ dataDir });
try {
  const client = await adminClient(binary);
  await runMany(client, 30);
  await tell(30);
  for (let part = 1; part <= parts; part += 1) {
    await runMany(client, Math.ceil(runs / parts));
    await tell(30 + part * Math.ceil(runs / parts));
  }
} finally {
  await binary.stop();
  await removeDataDir(dataDir);
}

async function tell(count: number): Promise<void> {
  await Bun.sleep(settleMs);
  const { residentMiB, descriptors, children } = await figuresOf(binary.pid);
  process.stdout.write(
    `after ${count} runs: ${residentMiB} MiB, ${descriptors} descriptors, ${children} children\n`,
  );
}

async function runMany(client: Client, count: number): Promise<void> {
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
  await until('the run ends', async () => {
    const view = (await (await client.get(`/executions/${id}`)).json()) as { termination: object | null };
    return view.termination;
  });
}
