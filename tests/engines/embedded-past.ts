// An embedded deployment with a past, stopped as a crash stops it: runs that ended in every way, one that was under way, one
// that waited, and what people typed and got.
import { openIn } from '#tests/adapters/embedded/opened.ts';
import { newDataDir, removeDataDir, startBinary } from '#tests/support/binary.ts';
import { adminClient, type Client } from '#tests/support/client.ts';
import { endOf, outputOf, submit, viewOf, writes } from './runs.ts';

/** What the interface shows of a run that has ended, in all its parts. */
export interface Shown {
  view: unknown;
  output: string;
  result: unknown;
  events: unknown;
}

export interface EmbeddedPast {
  dataDir: string;
  secretKey: string;
  /** A session at the stopped server. */
  client: Client;
  ended: ReadonlyMap<string, Shown>;
  /** Was under way at the crash. */
  underWay: string;
  /** Waited behind it. */
  waiting: string;
  /** Frames of output that belong to no run: enough that a migration takes its time. */
  looseFrames: number;
  remove(): Promise<void>;
}

const looseFrames = 20_000;
/** From the submission of the long run to its end: the crash comes before, its second attempt ends after. */
const longRunS = 30;

/** @param beside called while the server runs */
export async function embeddedPast(beside: (dataDir: string) => Promise<void>): Promise<EmbeddedPast> {
  const dataDir = await newDataDir();
  const secretKey = `secret of ${crypto.randomUUID()}`;
  const environment = { SECRET_KEY: secretKey, GREENROOM_EXECUTION_CONCURRENT: '1' };
  const binary = await startBinary({ dataDir, environment });
  const client = await adminClient(binary);
  const ended = new Map<string, Shown>();
  for (const id of await endings(client)) {
    await endOf(client, id);
    ended.set(id, await shown(client, id));
  }
  await beside(dataDir);
  const goesUntil = `until = ${Date.now() / 1_000 + longRunS}`;
  const loop = "print('begun', flush=True)\nwhile time.time() < until: time.sleep(0.05)\nprint('ended')";
  const underWay = await submit(client, `import time\n${goesUntil}\n${loop}`);
  await writes(client, underWay, 'begun\n');
  const waiting = await submit(client, "print('waited')");
  await binary.stop('SIGKILL');
  await fill(dataDir);
  const remove = (): Promise<void> => removeDataDir(dataDir);
  return { dataDir, secretKey, client, ended, underWay, waiting, looseFrames, remove };
}

/** Completed, with output of every byte; failed; with input; cancelled. */
async function endings(client: Client): Promise<string[]> {
  const bytes = 'import sys\nsys.stdout.buffer.write(bytes(range(256)) * 2000)';
  const completed = await submit(client, bytes);
  const failed = await submit(client, "print('before', flush=True)\nraise SystemExit(3)");
  const echo = "import sys\nfor line in sys.stdin: print('got', line.strip(), flush=True)";
  const typed = await submit(client, echo, { stdin_open: true });
  await endOf(client, failed);
  await client.post(`/executions/${typed}/stdin`, { data: 'ä word\n' });
  await writes(client, typed, 'got');
  await client.post(`/executions/${typed}/stdin`, { data: '', eof: true });
  const cancelled = await submit(client, "import time\nprint('here', flush=True)\ntime.sleep(60)");
  await writes(client, cancelled, 'here');
  await client.post(`/executions/${cancelled}/cancel`, { reason: 'enough' });
  return [completed, failed, typed, cancelled];
}

export async function shown(client: Client, id: string): Promise<Shown> {
  return {
    view: await viewOf(client, id),
    output: await outputOf(client, id),
    result: await (await client.get(`/executions/${id}/result`)).json(),
    events: await (await client.get(`/executions/${id}/events`)).json(),
  };
}

async function fill(dataDir: string): Promise<void> {
  const engines = await openIn(dataDir);
  const some = 500;
  for (let from = 0; from < looseFrames; from += some) {
    const frames = Array.from({ length: some }, (_, index) => {
      const number = from + index;
      const data = new TextEncoder().encode(`frame ${number} of none `.repeat(40));
      return { kind: 'frame', frame: { number, channel: 'stdout', at: 1, data } } as const;
    });
    await engines.outputLog.append('none', 1, frames);
  }
  await engines.close();
}
