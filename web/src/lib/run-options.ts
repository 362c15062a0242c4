// What a person fills in beside the script, and the request that comes of it. Judges only form (a line that is no
// NAME=value); what the values may be, the server decides.
import type { ExecutionRequest } from './api/types.gen.ts';

export type InputMode = 'open' | 'given' | 'none';

export interface RunFile {
  path: string;
  base64: string;
  sizeBytes: number;
}

export interface RunOptions {
  /** One argument a line. */
  args: string;
  /** NAME=value, one a line. */
  env: string;
  inputMode: InputMode;
  stdin: string;
  files: readonly RunFile[];
  /** As typed; empty for the server's own. */
  timeoutSeconds: string;
  memoryMebibytes: string;
}

export const noOptions: RunOptions = {
  args: '',
  env: '',
  inputMode: 'open',
  stdin: '',
  files: [],
  timeoutSeconds: '',
  memoryMebibytes: '',
};

export type OptionFaults = Partial<Record<keyof RunOptions, string>>;

export type RequestOrFaults = { ok: true; request: ExecutionRequest } | { ok: false; faults: OptionFaults };

export interface Program {
  script: string;
  language: string;
  version: string;
}

export function requestOf({ script, language, version }: Program, options: RunOptions): RequestOrFaults {
  const env = environmentOf(options.env);
  const timeoutSeconds = numberOf(options.timeoutSeconds);
  const memory = numberOf(options.memoryMebibytes);
  const faults: OptionFaults = {
    ...(typeof env === 'string' && { env }),
    ...(timeoutSeconds === 'unfit' && { timeoutSeconds: 'A number of seconds, for example 30.' }),
    ...(memory === 'unfit' && { memoryMebibytes: 'A whole number of MiB, for example 256.' }),
  };
  if (typeof env === 'string' || timeoutSeconds === 'unfit' || memory === 'unfit')
    return { ok: false, faults };
  const limits = {
    ...(timeoutSeconds !== null && { timeout_seconds: timeoutSeconds }),
    ...(memory !== null && { memory: `${memory}Mi` }),
  };
  const args = linesOf(options.args);
  const request: ExecutionRequest = {
    script,
    lang: language,
    lang_version: version,
    ...(args.length > 0 && { args }),
    ...(Object.keys(env).length > 0 && { env }),
    ...(options.inputMode === 'open' && { stdin_open: true }),
    ...(options.inputMode !== 'none' && options.stdin !== '' && { stdin: options.stdin }),
    ...(options.files.length > 0 && {
      files: options.files.map(({ path, base64 }) => ({
        path,
        content: base64,
        encoding: 'base64' as const,
      })),
    }),
    ...(Object.keys(limits).length > 0 && { limits }),
  };
  return { ok: true, request };
}

/** How many options differ from the usual, for the panel's title. */
export const changedCount = (options: RunOptions): number =>
  [
    options.args.trim() !== '',
    options.env.trim() !== '',
    options.inputMode !== 'open' || options.stdin !== '',
    options.files.length > 0,
    options.timeoutSeconds !== '',
    options.memoryMebibytes !== '',
  ].filter(Boolean).length;

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

/** A sentence when a line is not understood. */
function environmentOf(text: string): Record<string, string> | string {
  const env: Record<string, string> = {};
  for (const line of linesOf(text)) {
    const at = line.indexOf('=');
    const name = line.slice(0, at).trim();
    if (at < 1 || name === '') return `“${line}” is not of the form NAME=value.`;
    env[name] = line.slice(at + 1);
  }
  return env;
}

function numberOf(text: string): number | null | 'unfit' {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  return /^\d+(\.\d+)?$/.test(trimmed) && Number(trimmed) > 0 ? Number(trimmed) : 'unfit';
}
