// Plays one case against a live server as an ordinary client and tells what did not hold.
import type { Client } from '#tests/support/client.ts';
import { type Case, scriptOf } from './cases.ts';
import { Follower } from './follower.ts';
import { differences, type Seen } from './judge.ts';

/** @param slow stretches every bound in time, for a machine that does other things as well. */
export async function play(client: Client, version: string, example: Case, slow: number): Promise<string[]> {
  const began = Bun.nanoseconds();
  const accepted = await client.post('/execute', {
    script: scriptOf(example),
    lang: example.language,
    ...(example.language === 'python' ? { lang_version: version } : {}),
    ...example.send,
  });
  const { http } = example.expect;
  if (http !== undefined) return accepted.status === http ? [] : [`answered ${accepted.status}, not ${http}`];
  if (accepted.status !== 200)
    return [`answered ${accepted.status}: ${(await accepted.text()).slice(0, 200)}`];
  const { execution_id: id } = (await accepted.json()) as { execution_id: string };

  const follower = new Follower(client, id);
  const problems = await takeSteps(client, id, example, follower, slow);
  const boundMs = (example.expect.max_seconds ?? 60) * 1_000 * slow;
  const elapsedMs = (Bun.nanoseconds() - began) / 1e6;
  if (!(await follower.until(() => follower.end, boundMs - elapsedMs + 500))) {
    problems.push(`no end within ${boundMs / 1_000} s`);
  }
  const seen = await look(client, id);
  for (const stream of ['stdout', 'stderr'] as const) {
    const streamed = follower.bytes(stream);
    if (!streamed.equals(seen[stream])) {
      problems.push(
        `the stream gave ${streamed.length} bytes of ${stream}, the store has ${seen[stream].length}`,
      );
    }
  }
  return [...problems, ...differences(example.expect, seen)];
}

async function takeSteps(
  client: Client,
  id: string,
  example: Case,
  follower: Follower,
  slow: number,
): Promise<string[]> {
  const problems: string[] = [];
  for (const step of example.steps ?? []) {
    const wanted = step.await_stdout;
    if (wanted !== undefined) {
      const there = () => follower.bytes('stdout').includes(wanted);
      if (!(await follower.until(there, (step.within_ms ?? 15_000) * slow))) {
        return [...problems, `did not see ${JSON.stringify(wanted)} in time`];
      }
    }
    if (step.sleep_ms !== undefined) await follower.until(() => false, step.sleep_ms);
    if (step.stdin !== undefined || step.eof === true) {
      const answer = await client.post(`/executions/${id}/stdin`, {
        data: step.stdin ?? '',
        eof: step.eof ?? false,
      });
      if (!answer.ok) problems.push(`stdin: ${answer.status} ${await answer.text()}`);
    }
    if (step.cancel === true) {
      const answer = await client.post(`/executions/${id}/cancel`, { reason: 'corpus' });
      if (!answer.ok) problems.push(`cancel: ${answer.status} ${await answer.text()}`);
    }
  }
  return problems;
}

async function look(client: Client, id: string): Promise<Seen> {
  const view = (await (await client.get(`/executions/${id}`)).json()) as Seen['view'] & {
    artifacts?: { name: string }[];
  };
  const bytes = async (path: string) => Buffer.from(await (await client.get(path)).arrayBuffer());
  const artifacts = new Map<string, Buffer>();
  for (const { name } of view.artifacts ?? []) {
    artifacts.set(name, await bytes(`/executions/${id}/artifacts/${encodeURIComponent(name)}`));
  }
  return {
    view,
    stdout: await bytes(`/executions/${id}/output?stream=stdout`),
    stderr: await bytes(`/executions/${id}/output?stream=stderr`),
    artifacts,
  };
}
