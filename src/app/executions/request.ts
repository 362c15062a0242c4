// A request to run a script, judged: what comes out is complete, within the system's limits and safe to store. Pure.
import type { Caller } from '#src/domain/access.ts';
import { isAdmin } from '#src/domain/access.ts';
import { invalid } from '#src/domain/errors.ts';
import {
  type Limits,
  type Priority,
  priorities,
  type RunInput,
  type Runtime,
} from '#src/domain/execution.ts';
import { isLanguage, mainFile } from '#src/domain/languages.ts';
import { parseCpuMillis, parseMemoryBytes } from '#src/domain/quantities.ts';
import { chooseRuntime } from '../runtimes.ts';
import type { RunPolicy } from './policy.ts';
import { type FileRequest, storedFiles } from './request-files.ts';

export interface RunRequest {
  script: string;
  language: string;
  version: string;
  /** What the script reads; null for nothing. */
  stdin: string | null;
  /** More may come while it runs. */
  stdinOpen: boolean;
  args: readonly string[];
  files: readonly FileRequest[];
  env: Readonly<Record<string, string>>;
  limits: { timeoutSeconds?: number; memory?: string; cpu?: string };
  priority: Priority;
}

export interface AcceptedRequest {
  input: RunInput;
  /** What the input log begins with. */
  stdin: Uint8Array | null;
}

const codePointsMax = 50_000;
const argsMax = 256;
const variablesMax = 64;
/** Linux takes at most 128 KiB for one argument, and some more for all. */
const textBytesMax = 64 * 1_024;
const stdinBytesMax = 1_048_576;
const memoryBytesMin = 16 * 1_048_576;
const cpuMillisMin = 10;

export function acceptedRequest(
  request: RunRequest,
  policy: RunPolicy,
  offered: readonly Runtime[],
): AcceptedRequest {
  const runtime = checkedRuntime(request, offered);
  const stdin = checkedStdin(request.stdin);
  const main = isLanguage(runtime.language) ? mainFile(runtime.language) : '';
  const input: RunInput = {
    script: checkedScript(request.script),
    runtime,
    args: checkedArgs(request.args),
    files: storedFiles(request.files, main),
    env: checkedEnv(request.env),
    stdin: request.stdinOpen ? 'open' : stdin === null ? 'closed' : 'given',
    limits: checkedLimits(request.limits, policy),
  };
  return { input, stdin };
}

/** Admins may ask for every priority, all others for the normal one and those below. */
export const mayAsk = (caller: Caller, priority: Priority): boolean =>
  isAdmin(caller) || priorities.indexOf(priority) >= priorities.indexOf('normal');

function checkedScript(script: string): string {
  const at = ['body', 'script'];
  if (!script.isWellFormed()) throw invalid('The script is not valid Unicode', at);
  // Twice as many units are enough for any text of that many code points.
  if (
    script.length > codePointsMax &&
    (script.length > 2 * codePointsMax || codePointsOf(script) > codePointsMax)
  )
    throw invalid(`The script must have at most ${codePointsMax} characters`, at);
  return script;
}

function codePointsOf(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function checkedRuntime({ language, version }: RunRequest, offered: readonly Runtime[]): Runtime {
  const runtime = chooseRuntime(language, version, offered);
  if (runtime !== null) return runtime;
  if (offered.some((other) => other.language === language))
    throw invalid('This version of the language is not offered', ['body', 'lang_version']);
  throw invalid('This language is not offered', ['body', 'lang']);
}

function checkedStdin(text: string | null): Uint8Array | null {
  if (text === null) return null;
  const data = Buffer.from(text, 'utf8');
  if (data.length > stdinBytesMax) throw invalid('The input must have at most 1 MiB', ['body', 'stdin']);
  return data;
}

function checkedArgs(args: readonly string[]): string[] {
  const at = ['body', 'args'];
  if (args.length > argsMax) throw invalid(`There may be at most ${argsMax} arguments`, at);
  if (args.some((arg) => !isPlain(arg))) throw invalid('An argument must be valid Unicode without NUL', at);
  if (bytesOf(args) > textBytesMax) throw invalid('The arguments must have at most 64 KiB in all', at);
  return [...args];
}

function checkedEnv(env: Readonly<Record<string, string>>): Record<string, string> {
  const at = ['body', 'env'];
  const entries = Object.entries(env);
  if (entries.length > variablesMax) throw invalid(`There may be at most ${variablesMax} variables`, at);
  for (const [name, value] of entries) {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name))
      throw invalid('A variable is named with letters, digits and underscores', at);
    // Interpreters are already running when a job reaches them: these would be ignored, or break the loading of others.
    if (/^(?:LD_|PYTHON|GREENROOM_)/.test(name)) throw invalid('This variable is reserved', [...at, name]);
    if (!isPlain(value)) throw invalid('A variable must be valid Unicode without NUL', [...at, name]);
  }
  if (bytesOf(entries.flat()) > textBytesMax)
    throw invalid('The variables must have at most 64 KiB in all', at);
  return Object.fromEntries(entries);
}

function checkedLimits(asked: RunRequest['limits'], { limits, cpuDefaultMillis }: RunPolicy): Limits {
  const at = (name: string) => ['body', 'limits', name];
  const timeoutMs = asked.timeoutSeconds === undefined ? limits.timeoutMs : asked.timeoutSeconds * 1_000;
  if (!Number.isInteger(timeoutMs / 1_000) || timeoutMs < 1_000 || timeoutMs > limits.timeoutMs)
    throw invalid(`Must be from 1 to ${Math.floor(limits.timeoutMs / 1_000)} seconds`, at('timeout_seconds'));
  const memoryBytes = asked.memory === undefined ? limits.memoryBytes : parseMemoryBytes(asked.memory);
  if (memoryBytes === null) throw invalid('Must be an amount such as 256Mi', at('memory'));
  if (memoryBytes > limits.memoryBytes || memoryBytes < Math.min(memoryBytesMin, limits.memoryBytes))
    throw invalid(`Must be from 16Mi to the system's limit`, at('memory'));
  const cpuMillis =
    asked.cpu === undefined ? Math.min(cpuDefaultMillis, limits.cpuMillis) : parseCpuMillis(asked.cpu);
  if (cpuMillis === null) throw invalid('Must be an amount such as 500m or 1.5', at('cpu'));
  if (cpuMillis > limits.cpuMillis || cpuMillis < Math.min(cpuMillisMin, limits.cpuMillis))
    throw invalid(`Must be from 10m to the system's limit`, at('cpu'));
  return { ...limits, timeoutMs, memoryBytes, cpuMillis };
}

const isPlain = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

const bytesOf = (texts: readonly string[]): number =>
  texts.reduce((total, text) => total + Buffer.byteLength(text, 'utf8') + 1, 0);
