// From asking for a run to the first of its output: over HTTP of the compiled server, and from the driver of sandboxes alone.
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { type Laboratory, openLaboratory } from '#tests/adapters/local/lab.ts';
import { newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient, type Client } from '#tests/support/client.ts';
import type { Bench } from './bench.ts';
import { share } from './measured.ts';

const script = "print('hello')";
/** Nobody presses Run again within a millisecond: the pool boots the next sandbox meanwhile. */
const pauseMs = 60;
const cold = 'the driver alone, cold';

export const firstOutput: Bench = {
  title: 'Submit to first output, warm, one at a time',
  figures: [
    { name: 'p50', unit: 'ms', reference: cold, goal: { most: 15 }, ratioGoal: { most: 1.2 } },
    { name: 'p95', unit: 'ms', reference: cold, goal: { most: 150 } },
  ],
  async open({ smoke }) {
    const runs = smoke ? 2 : 30;
    const dataDir = await newDataDir();
    const binary = await startBinary({ dataDir });
    const client = await adminClient(binary);
    const laboratory = await openLaboratory();
    const ours = (): Promise<number> => overHttp(client);
    const theirs = (): Promise<number> => byDriver(laboratory);
    await several(smoke ? 1 : 10, ours);
    await several(1, theirs);
    return {
      async round() {
        const [mine, alone] = [await several(runs, ours), await several(smoke ? 1 : 10, theirs)];
        return [0.5, 0.95].map((part) => ({ ours: share(mine, part), reference: share(alone, part) }));
      },
      async close() {
        await laboratory.close();
        await binary.stop();
        await removeDataDir(dataDir);
      },
    };
  },
};

export async function several(count: number, once: () => Promise<number>): Promise<number[]> {
  const tookMs: number[] = [];
  for (let number = 0; number < count; number += 1) {
    tookMs.push(await once());
    await Bun.sleep(pauseMs);
  }
  return tookMs;
}

export async function overHttp(client: Client): Promise<number> {
  const began = performance.now();
  const answer = await client.post('/execute', { script, lang: 'python' });
  if (!answer.ok) throw new Error(`the run was not accepted: ${answer.status} ${await answer.text()}`);
  const { execution_id: id } = (await answer.json()) as { execution_id: string };
  const stream = await client.get(`/executions/${id}/stream`);
  if (!stream.ok || stream.body === null) throw new Error(`there is no stream: ${stream.status}`);
  const events = stream.body
    .pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream());
  let tookMs: number | null = null;
  for await (const { event } of events) {
    if (event === 'output') tookMs ??= performance.now() - began;
    if (event === 'end') break;
  }
  if (tookMs === null) throw new Error('the run ended without output');
  return tookMs;
}

export async function byDriver({ open, gone }: Laboratory): Promise<number> {
  const began = performance.now();
  const { pod, monitor } = await open();
  await monitor.begin({ script });
  await monitor.until(({ channel }) => channel === 'stdout');
  const tookMs = performance.now() - began;
  await monitor.finish();
  await gone(pod.uid);
  return tookMs;
}
