// A person who asks on and on while something is broken: for new runs, for what became of them, and how the installation is.
// Notes what was accepted and how long each answer took, and every answer that no honest interface gives.

import { type Sample, sampleOf } from '#tests/soak/samples.ts';
import type { Notes } from '#tests/soak/visitor.ts';
import type { Client } from '#tests/support/client.ts';
import { until } from '#tests/support/until.ts';

/** Whatever is broken, nobody waits for longer. */
export const answerMsMax = 5_000;
const askEachMs = 500;
/** By then it is a hang and no slow answer. */
const hangMs = 20_000;
/** Against waiting for ever. */
const askAgainWithinMs = 300_000;
const askedAtOnce = 8;

export interface OutageLoad {
  notes: Notes;
  /** Runs of this load alone. */
  accepted: string[];
  /** What was not accepted at once, by its key: whether there is a run of it, nobody knows yet. */
  refused: Map<string, Sample>;
  slowestMs: number;
  slowest: string;
  /** Of a question that needs no server: what this machine takes for itself at such a moment. */
  slowestProbeMs: number;
  /** When the run accepted last was accepted. */
  acceptedAt: number;
  /** Parts that readiness said are away. */
  away: Set<string>;
  /** Asks no more; resolves once all has been answered. */
  stop(): Promise<void>;
}

/**
 * @param word begins every run's name, and so its key
 * @param notes of all loads of this installation
 */
export function loadUntilStopped(client: Client, word: string, notes: Notes): OutageLoad {
  let over = false;
  const stopped = Promise.withResolvers<void>();
  const asked: Promise<void>[] = [];
  const load: OutageLoad = {
    notes,
    accepted: [],
    refused: new Map(),
    slowestMs: 0,
    slowest: '',
    slowestProbeMs: 0,
    acceptedAt: performance.now(),
    away: new Set(),
    async stop() {
      over = true;
      stopped.resolve();
      await asking;
      await Promise.all(asked);
    },
  };
  async function go(): Promise<void> {
    for (let number = 0; !over; number += 1) {
      const last = load.accepted.at(-1);
      const name = `${word} ${number}`;
      asked.push(submit(client, load, name, sampleOf(number % 3 === 0 ? 'loop' : 'short', name)));
      asked.push(look(client, load, '/user/executions?limit=20'));
      if (last !== undefined) asked.push(look(client, load, `/executions/${last}/output?stream=stdout`));
      asked.push(lookReady(client, load), probe(client, load));
      await Promise.race([stopped.promise, Bun.sleep(askEachMs)]);
    }
  }
  const asking = go();
  return load;
}

/** Asks again for what was refused, under its key, until all is accepted: whatever there was of it already, it is one run. */
export async function askAgain(client: Client, load: OutageLoad): Promise<void> {
  await until(async () => {
    const some = [...load.refused].slice(0, askedAtOnce);
    for (const [name] of some) load.refused.delete(name);
    await Promise.all(some.map(([name, sample]) => submit(client, load, name, sample)));
    return load.refused.size === 0;
  }, askAgainWithinMs);
}

/** @param name its key too */
export async function submit(client: Client, load: OutageLoad, name: string, sample: Sample): Promise<void> {
  const body = { script: sample.script, lang: 'python' };
  const answer = await timed(load, 'POST /execute', () =>
    client.post('/execute', body, { 'idempotency-key': name }),
  );
  if (answer?.status === 200) {
    const { execution_id: id } = JSON.parse(answer.text) as { execution_id: string };
    load.accepted.push(id);
    load.notes.accepted.set(id, { id, sample, cancelAsked: false });
    load.acceptedAt = performance.now();
    return;
  }
  load.refused.set(name, sample);
  judge(load, 'POST /execute', answer);
}

async function look(client: Client, load: OutageLoad, path: string): Promise<void> {
  judge(load, path, await timed(load, path, () => client.get(path)));
}

async function lookReady(client: Client, load: OutageLoad): Promise<void> {
  const path = '/health/ready';
  const answer = await timed(load, path, () => client.get(path));
  if (answer === null) return;
  const { dependencies } = JSON.parse(answer.text) as { dependencies?: { name: string; ready: boolean }[] };
  if (dependencies === undefined) return judge(load, path, answer);
  for (const { name, ready } of dependencies) if (!ready && answer.status === 503) load.away.add(name);
}

async function probe(client: Client, load: OutageLoad): Promise<void> {
  const began = performance.now();
  await client.get('/health/live');
  load.slowestProbeMs = Math.max(load.slowestProbeMs, performance.now() - began);
}

interface Answer {
  status: number;
  text: string;
  retryAfter: string | null;
}

/** Null where there was no answer, which is a problem of its own. */
async function timed(load: OutageLoad, what: string, ask: () => Promise<Response>): Promise<Answer | null> {
  const began = performance.now();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('no answer')), hangMs);
  const answered = ask().then(async (response) => ({
    status: response.status,
    text: await response.text(),
    retryAfter: response.headers.get('retry-after'),
  }));
  // Left behind where it is late.
  void Promise.allSettled([answered]);
  try {
    return await Promise.race([answered, late.promise]);
  } catch (error) {
    load.notes.problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  } finally {
    clearTimeout(timer);
    const tookMs = performance.now() - began;
    if (tookMs > load.slowestMs) load.slowest = what;
    load.slowestMs = Math.max(load.slowestMs, tookMs);
  }
}

/** Done, or not at the moment: anything else is not honest. */
function judge({ notes }: OutageLoad, what: string, answer: Answer | null): void {
  if (answer === null || answer.status === 200) return;
  if (answer.status === 503 && answer.retryAfter !== null) return;
  notes.problems.push(`${what}: ${answer.status} ${answer.text.slice(0, 200)}`);
}
