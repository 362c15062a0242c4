// One client of the soak: submits, types, cancels, retries. What it did is noted, so that the end can be judged.
import { type Chance, type Sample, sampleKinds, sampleOf } from './samples.ts';
import type { Answer, Attacked } from './server.ts';

export interface Submitted {
  id: string;
  sample: Sample;
  cancelAsked: boolean;
}

export interface Notes {
  accepted: Map<string, Submitted>;
  /** Runs that may or may not have come of a retry whose answer was lost, by the text of the script. */
  perhaps: Map<string, number>;
  /** Answers that were lost and asked for again under the same key. */
  repeated: number;
  problems: string[];
}

export interface Visit {
  server: Pick<Attacked, 'ask'>;
  notes: Notes;
  chance: Chance;
  name: string;
  /** In the environment of every script, so that its processes are found. */
  mark: string;
  goesOn(): boolean;
}

export async function visit(visit: Visit): Promise<void> {
  const sideways: Promise<void>[] = [];
  for (let number = 0; visit.goesOn(); number += 1) {
    const submitted = await submit(visit, number);
    if (submitted !== null) sideways.push(attend(visit, submitted, number));
    await Bun.sleep(visit.chance.between(200, 900));
  }
  await Promise.all(sideways);
}

/** Several requests at the same moment. */
export async function crowd(visit: Visit, size: number): Promise<void> {
  const one = async (_: unknown, number: number): Promise<void> => {
    const submitted = await submit(visit, number);
    if (submitted !== null) await attend(visit, submitted, number);
  };
  await Promise.all(Array.from({ length: size }, one));
}

async function submit(visit: Visit, number: number): Promise<Submitted | null> {
  const { server, notes, chance } = visit;
  const key = `${visit.name}-${number}`;
  const sample = sampleOf(chance.one(sampleKinds), key);
  const body = {
    script: sample.script,
    lang: 'python',
    stdin: sample.stdin,
    stdin_open: sample.kind === 'conversation',
    env: { SOAK: visit.mark },
  };
  const send = () => server.ask((client) => client.post('/execute', body, { 'idempotency-key': key }));
  const answer = await untilAnswered(visit, send);
  // Too many of them wait: a refusal, and nothing was accepted.
  if (answer.status === 429) return null;
  const id = idOf(answer);
  if (id === null) {
    notes.problems.push(`submitting ${key}: ${answer.status} ${answer.text.slice(0, 200)}`);
    return null;
  }
  const submitted: Submitted = { id, sample, cancelAsked: false };
  notes.accepted.set(id, submitted);
  if (chance.next() < 0.15) {
    const again = idOf(await untilAnswered(visit, send));
    if (again !== id) notes.problems.push(`the key ${key} gave ${id} and then ${again}`);
  }
  return submitted;
}

async function attend(visit: Visit, submitted: Submitted, number: number): Promise<void> {
  const { server, chance } = visit;
  const cancels = chance.next() < 0.15;
  const waitMs = chance.between(0, 1_500);
  const retries = chance.next() < 0.1;
  const path = `/executions/${submitted.id}`;
  if (submitted.sample.typed.length > 0) await type(visit, submitted, number);
  if (cancels) {
    await Bun.sleep(waitMs);
    submitted.cancelAsked = true;
    await untilAnswered(visit, () =>
      server.ask((client) => client.post(`${path}/cancel`, { reason: 'soak' })),
    );
  }
  if (retries) await retryOnce(visit, submitted);
}

/** Each word under a key of its own, so that one whose answer was lost can be typed again. */
async function type(visit: Visit, { id, sample }: Submitted, number: number): Promise<void> {
  for (const [index, data] of sample.typed.entries()) {
    const key = `${visit.name}-${number}-${index}`;
    const answer = await untilAnswered(visit, () =>
      visit.server.ask((client) =>
        client.post(`/executions/${id}/stdin`, { data }, { 'idempotency-key': key }),
      ),
    );
    // It has ended meanwhile: lost with a server.
    if (answer.status === 400) return;
    if (answer.status !== 200)
      visit.notes.problems.push(`typing into ${id}: ${answer.status} ${answer.text.slice(0, 200)}`);
    await Bun.sleep(visit.chance.between(0, 200));
  }
}

/** A retry has no key, so that one whose answer was lost is not asked for again: it may have become a run. */
async function retryOnce(visit: Visit, { id, sample }: Submitted): Promise<void> {
  const answer = await visit.server.ask((client) => client.post(`/executions/${id}/retry`));
  const retried = answer === null ? null : idOf(answer);
  if (answer === null || answer.status >= 500) {
    visit.notes.perhaps.set(sample.script, (visit.notes.perhaps.get(sample.script) ?? 0) + 1);
  }
  if (retried === null) return;
  const again: Submitted = { id: retried, sample, cancelAsked: false };
  visit.notes.accepted.set(retried, again);
  // The keys of what is typed belong to one run, so the same ones serve here.
  if (sample.typed.length > 0) await type(visit, again, 0);
}

async function untilAnswered(visit: Visit, send: () => Promise<Answer | null>): Promise<Answer> {
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await send();
    if (answer !== null && answer.status < 500) return answer;
    visit.notes.repeated += 1;
    await Bun.sleep(20);
  }
  throw new Error('two hundred requests in a row were not answered');
}

function idOf({ status, text }: Answer): string | null {
  if (status !== 200) return null;
  return (JSON.parse(text) as { execution_id: string }).execution_id;
}
