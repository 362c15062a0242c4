// Rounds of the corpus against a server that is there, whatever it runs on: each tells its outcome in one line.
import type { Client } from '#tests/support/client.ts';
import { type Case, fits } from './cases.ts';
import { play } from './play.ts';

export interface Round {
  name: string;
  version: string;
  cases: readonly Case[];
  /** How many at the same time. */
  parallel: number;
  /** Stretches every bound in time, for a machine that does other things as well. */
  slow: number;
}

export interface RoundTally {
  passed: number;
  failed: number;
}

export async function offeredVersions(client: Client): Promise<string[]> {
  const limits = (await (await client.get('/k8s-limits')).json()) as {
    supported_runtimes: Record<string, { versions: string[] }>;
  };
  return limits.supported_runtimes.python?.versions ?? [];
}

export function usualVersion(offered: readonly string[]): string {
  const version = offered.includes('3.11') ? '3.11' : offered.at(-1);
  if (version === undefined) throw new Error('the server offers no Python');
  return version;
}

export async function playRound(client: Client, round: Round): Promise<RoundTally> {
  const { name, version, cases, parallel, slow } = round;
  const fitting = cases.filter((example) => fits(example, version));
  const queue = [...fitting];
  const failures: string[] = [];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const problems = await playOrTell(client, version, next, slow);
      if (problems.length > 0)
        failures.push(`FAIL ${next.id} (${next.why})\n     ${problems.join('\n     ')}`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  const passed = fitting.length - failures.length;
  process.stdout.write(`${name}, Python ${version}: ${passed} of ${fitting.length}\n`);
  for (const failure of failures) process.stdout.write(`${failure}\n`);
  return { passed, failed: failures.length };
}

async function playOrTell(client: Client, version: string, example: Case, slow: number): Promise<string[]> {
  try {
    return await play(client, version, example, slow);
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}
