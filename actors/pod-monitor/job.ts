// What a supervisor is told to do, from what the run was asked to be. Pure. User text goes in as data only.
import type { Limits, RunInput } from '#src/domain/execution.ts';
import { isLanguage, mainFile } from '#src/domain/languages.ts';

export interface Job {
  nonce: string;
  kind: string;
  main: string;
  args: string[];
  files: { path: string; data: string }[];
  env: Record<string, string>;
  stdin: 'closed' | 'open';
  limits: JobLimits;
}

export interface JobLimits {
  wall_ms: number;
  cpu_ms: number;
  memory_bytes: number;
  processes: number;
  disk_bytes: number;
  output_bytes: number;
  artifact_bytes: number;
  files_open: number;
}

const artifactBytesMax = 16 * 1024 * 1024;
const filesOpenMax = 256;
/** A script that keeps one processor busy runs out of wall time, not of processor time. */
const cpuMarginMs = 1_000;

export function jobOf(input: RunInput, nonce: string): Job {
  const { language } = input.runtime;
  const main = isLanguage(language) ? mainFile(language) : 'main';
  const script = { path: main, data: Buffer.from(input.script, 'utf8').toString('base64') };
  return {
    nonce,
    kind: language,
    main,
    args: input.args,
    files: [...input.files.map(({ path, base64 }) => ({ path, data: base64 })), script],
    env: input.env,
    stdin: input.stdin === 'closed' ? 'closed' : 'open',
    limits: jobLimits(input.limits),
  };
}

const jobLimits = (limits: Limits): JobLimits => ({
  wall_ms: limits.timeoutMs,
  cpu_ms: Math.ceil((limits.timeoutMs * Math.max(1_000, limits.cpuMillis)) / 1_000) + cpuMarginMs,
  memory_bytes: limits.memoryBytes,
  processes: limits.processesMax,
  disk_bytes: limits.diskBytes,
  output_bytes: limits.outputBytes,
  artifact_bytes: Math.min(limits.diskBytes, artifactBytesMax),
  files_open: filesOpenMax,
});
