// Figures of the compiled binary: start, idle memory, and submit → first output. Prints one line a figure.
//   bun tests/bench/latency.ts [--runs 200]
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient, type Client } from '#tests/support/client.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '200' } } });
const startsMs: number[] = [];
for (let start = 0; start < 5; start += 1) {
  const dataDir = await newDataDir();
  const binary = await startBinary({ dataDir });
  startsMs.push(binary.startMs);
  await binary.stop();
  await removeDataDir(dataDir);
}
print('start to first 200 (fresh data folder)', startsMs);

const dataDir = await newDataDir();
const binary = await startBinary({ dataDir });
const client = await adminClient(binary);
await runOnce(client);
process.stdout.write(`resident memory after the first run: ${await residentMiB(binary.pid)} MiB\n`);
const firstMs: number[] = [];
const wholeMs: number[] = [];
for (let run = 0; run < Number(values.runs); run += 1) {
  const { first, whole } = await runOnce(client);
  firstMs.push(first);
  wholeMs.push(whole);
  // A person does not press Run again within a millisecond: let the pool boot the next sandbox.
  await Bun.sleep(60);
}
print('submit to first output, warm, one at a time', firstMs);
print('submit to end of the stream, warm', wholeMs);
process.stdout.write(`resident memory after ${values.runs} runs: ${await residentMiB(binary.pid)} MiB\n`);
await binary.stop();
await removeDataDir(dataDir);

async function runOnce(client: Client): Promise<{ first: number; whole: number }> {
  const began = Bun.nanoseconds();
  const answer = await client.post('/execute', { script: "print('hello')", lang: 'python' });
  const { execution_id: id } = (await answer.json()) as { execution_id: string };
  const stream = await client.get(`/executions/${id}/stream`);
  if (stream.body === null) throw new Error('the stream has no body');
  const events = stream.body
    .pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream());
  let first = Number.NaN;
  for await (const { event } of events) {
    if (event === 'output' && Number.isNaN(first)) first = (Bun.nanoseconds() - began) / 1e6;
    if (event === 'end') break;
  }
  return { first, whole: (Bun.nanoseconds() - began) / 1e6 };
}

async function residentMiB(pid: number): Promise<number> {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}

function print(name: string, samples: number[]): void {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  process.stdout.write(
    `${name}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, min ${at(0)} ms, n ${sorted.length}\n`,
  );
}
