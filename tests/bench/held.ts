// What the compiled server holds after many runs: memory, descriptors, children, at rest after each tenth. One line a figure.
//   bun tests/bench/held.ts [--runs 2000]
import { parseArgs } from 'node:util';
import { newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient } from '#tests/support/client.ts';
import { figuresOf } from '#tests/support/process-figures.ts';
import { runMany } from './start.ts';

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
