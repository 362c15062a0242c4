// Plays every hostile script against the local runtime. Started as a program it prints what came of it: so a test can play them
// as another user than its own.
import { join } from 'node:path';

import { type Attack, attacks } from './attack-table.ts';
import { type Laboratory, openLaboratory } from './lab.ts';

export interface Result {
  file: string;
  cause: string | null;
  exitCode: number | null;
  truncated: boolean;
  bytes: number;
  stdout: string;
  stderr: string;
  artifacts: string;
  wallMs: number;
}

export interface Report {
  uid: number;
  groups: 1 | 2 | null;
  results: Result[];
  podsLeft: number;
}

export async function playAttacks(folder?: string, only?: string): Promise<Report> {
  const laboratory = await openLaboratory({ version: '3.11', ...(folder ? { folder } : {}) });
  const path = join(laboratory.folder, 'host.sock');
  const answer = { socket: { data: () => undefined } };
  const listeners = [
    Bun.listen({ hostname: '127.0.0.1', port: 0, ...answer }),
    Bun.listen({ unix: path, ...answer }),
    Bun.listen({ unix: `\0host.sock`, ...answer }),
  ];
  try {
    const [tcp] = listeners;
    const args = [String(tcp && 'port' in tcp ? tcp.port : 0), path];
    const results: Result[] = [];
    for (const attack of attacks) {
      if (!only || attack.file === only) results.push(await play(laboratory, attack, args));
    }
    const podsLeft = (await laboratory.pods.list()).length;
    return { uid: process.getuid?.() ?? -1, groups: laboratory.selfTest.groups, results, podsLeft };
  } finally {
    for (const listener of listeners) listener.stop(true);
    await laboratory.close();
  }
}

async function play(laboratory: Laboratory, attack: Attack, args: string[]): Promise<Result> {
  const script = await Bun.file(join(import.meta.dir, 'attacks', `${attack.file}.py`)).text();
  const { exit, stdout, stderr, artifacts } = await laboratory.run({
    script,
    args,
    limits: attack.limits ?? {},
  });
  return {
    file: attack.file,
    cause: exit?.cause ?? null,
    exitCode: exit?.exit_code ?? null,
    truncated: exit?.truncated ?? false,
    bytes: stdout.length + stderr.length,
    stdout: stdout.length > 4_096 ? '' : stdout.toString(),
    stderr: stderr.toString('utf8', 0, 1_000),
    artifacts: artifacts.map(({ name, data }) => `${name}:${data.length}`).join(' '),
    wallMs: exit?.wall_ms ?? 0,
  };
}

if (import.meta.main) {
  const [folder, only] = process.argv.slice(2);
  process.stdout.write(JSON.stringify(await playAttacks(folder, only)));
}
