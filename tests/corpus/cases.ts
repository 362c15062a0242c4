// The corpus: odd and hostile scripts, what is sent with each, and what must hold at its end.
import cases from './cases.json' with { type: 'json' };

export interface Step {
  await_stdout?: string;
  within_ms?: number;
  stdin?: string;
  eof?: boolean;
  cancel?: boolean;
  /** How long the script is left alone before the next step: part of the case, not a wait for a result. */
  sleep_ms?: number;
}

export interface Expectation {
  http?: number;
  status?: string;
  status_any?: string[];
  reason?: string;
  reason_any?: string[];
  exit_code?: number;
  exit_code_any?: boolean;
  stdout?: string;
  stdout_hex?: string;
  stdout_bytes?: number;
  stdout_starts?: string;
  stdout_ends?: string;
  stdout_has?: string[];
  stderr?: string;
  stderr_has?: string[];
  stderr_any?: boolean;
  truncated?: boolean;
  no_artifact_has?: string[];
  max_seconds?: number;
}

export interface Case {
  id: string;
  why: string;
  language: string;
  /** The first version whose library has what the script uses. */
  since?: string;
  /** The text, or a text filled up to a length in code points. */
  script: string | { begin: string; fill: string; length: number };
  send?: Record<string, unknown>;
  steps?: Step[];
  expect: Expectation;
}

export const corpus: readonly Case[] = cases;

/** Whether a version such as 3.8 has what the case needs. */
export function fits({ since }: Case, version: string): boolean {
  if (since === undefined) return true;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [sinceMajor = 0, sinceMinor = 0] = since.split('.').map(Number);
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}

export function scriptOf({ script }: Case): string {
  if (typeof script === 'string') return script;
  return script.begin + script.fill.repeat(script.length - [...script.begin].length);
}
