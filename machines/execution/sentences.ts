// One sentence for people per reason of death, with the numbers of its evidence. Holds no text that a user wrote.
import type { Evidence, ExitReport, Limits, Reason } from '#src/domain/execution.ts';

export const sentence = (reason: Reason, evidence: Evidence, limits: Limits): string =>
  templates[reason](evidence, limits);

type Template = (evidence: Evidence, limits: Limits) => string;

const templates: Readonly<Record<Reason, Template>> = {
  exited: ({ exit }) =>
    (exit?.exitCode ?? 0) === 0
      ? 'The script ran to its end.'
      : `The script ended by itself with exit code ${exit?.exitCode}.`,
  signaled: ({ exit }) => `The script was ended by ${signalName(exit?.signal ?? 0)}.`,
  timed_out: (_, { timeoutMs }) =>
    `The script was stopped because it ran longer than its limit of ${seconds(timeoutMs)}.`,
  cpu_limit: ({ exit }, limits) =>
    overLimit('used', `${seconds(cpuLimitMs(limits))} of processor time`, exit, ({ usage }) =>
      seconds(usage.cpuMs),
    ),
  out_of_memory: ({ exit }, { memoryBytes }) =>
    overLimit('used', `${bytes(memoryBytes)} of memory`, exit, ({ usage }) => bytes(usage.memoryPeakBytes)),
  output_limit: ({ exit }, { outputBytes }) =>
    overLimit('written', `${bytes(outputBytes)} of output`, exit, ({ stdoutBytes, stderrBytes }) =>
      bytes(stdoutBytes + stderrBytes),
    ),
  disk_full: (_, { diskBytes }) =>
    `The script was stopped because it filled its ${bytes(diskBytes)} of disk space.`,
  cancelled: () => 'The run was cancelled on request.',
  queue_timeout: () => 'The run waited too long for a free place, so it was taken out of the queue.',
  could_not_start: ({ unstartable }) =>
    `The run could not be started, through no fault of the script${because(unstartable?.words)}.`,
  lost: (evidence) => `The run was lost, through no fault of the script${because(lossWords(evidence))}.`,
  result_lost: ({ storage }) =>
    `The result of the run could not be kept, through no fault of the script${because(storage?.words)}.`,
};

/** What a limit on processor seconds means: the wall clock's limit on every processor that it may use. */
export const cpuLimitMs = ({ timeoutMs, cpuMillis }: Limits): number => (timeoutMs * cpuMillis) / 1000;

function lossWords({ quarantined, lost, exit }: Evidence): string {
  if (quarantined !== undefined) return `its record could not be understood, ${quarantined.words}`;
  if (lost !== undefined) return lost.words;
  if (exit?.cause === 'stopped') return 'its pod was stopped from outside';
  if (exit?.cause === 'no_reader') return 'nobody read its output for too long';
  return 'nothing is known of its end';
}

function because(words: string | undefined): string {
  const trimmed = (words ?? '').trim().replace(/[.\s]+$/, '');
  return trimmed === '' ? '' : `: ${trimmed}`;
}

/** Says how much it was, where there is a report of it. */
function overLimit(
  did: 'used' | 'written',
  limit: string,
  exit: ExitReport | undefined,
  amount: (exit: ExitReport) => string,
): string {
  const found = exit === undefined ? '' : `; it had ${did} ${amount(exit)}`;
  return `The script was stopped because it ${overs[did]} more than its ${limit}${found}.`;
}

const overs = { used: 'needed', written: 'wrote' } as const;

function seconds(milliseconds: number): string {
  const value = Math.round(milliseconds / 10) / 100;
  return value === 1 ? '1 second' : `${value} seconds`;
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Math.round(value * 10) / 10} ${units[unit]}`;
}

const signals: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  31: 'SIGSYS',
};

function signalName(signal: number): string {
  const name = signals[signal];
  return name === undefined ? `signal ${signal}` : `${name} (signal ${signal})`;
}
