// Every combination of evidence against the written precedence, and every outcome against the published table.
import { describe, expect, test } from 'bun:test';
import { verdict } from '#machines/execution/verdict.ts';
import {
  type Evidence,
  type ExitCause,
  type ExitReport,
  exitCauses,
  type Reason,
  reasons,
  type Verdict,
} from '#src/domain/execution.ts';
import { exit, input } from './execution-events.ts';

const { limits } = input;

const pieces: Required<Omit<Evidence, 'exit'>> = {
  cancel: { by: 'user-1', reason: 'because I said <b>so</b>', at: 1 },
  overdue: { at: 1 },
  queueExpired: { at: 1 },
  unstartable: { words: 'ErrImagePull: manifest unknown.' },
  lost: { words: 'Evicted' },
  storage: { words: 'the store refused the write' },
  quarantined: { words: 'its context does not fit at /held' },
};
const names = Object.keys(pieces) as (keyof typeof pieces)[];

function* combinations(): Generator<Evidence> {
  for (let bits = 0; bits < 2 ** names.length; bits += 1) {
    const evidence: Evidence = Object.fromEntries(
      names.filter((_, index) => bits & (1 << index)).map((name) => [name, pieces[name]]),
    );
    yield evidence;
    for (const cause of exitCauses)
      for (const account of accounts) yield { ...evidence, exit: exit({ cause, ...account }) };
  }
}

/** How a script may have ended, whatever the cause says. */
const accounts: readonly Partial<ExitReport>[] = [
  { exitCode: 0, signal: null },
  { exitCode: 3, signal: null },
  { exitCode: null, signal: 11 },
];

/** The precedence, written down a second time: the first that holds. */
const precedence: [(evidence: Evidence) => boolean, Reason | ((cause: ExitCause) => Reason)][] = [
  [({ storage }) => storage !== undefined, 'result_lost'],
  [
    (evidence) => evidence.exit !== undefined && !['stopped', 'no_reader'].includes(evidence.exit.cause),
    (cause) => reasons.find((reason) => reason === cause) ?? 'lost',
  ],
  [({ cancel }) => cancel !== undefined, 'cancelled'],
  [({ overdue }) => overdue !== undefined, 'timed_out'],
  [({ unstartable }) => unstartable !== undefined, 'could_not_start'],
  [({ queueExpired }) => queueExpired !== undefined, 'queue_timeout'],
  [() => true, 'lost'],
];

/** The published table, written down a second time. */
function publishedAs(reason: Reason, report: ExitReport | undefined): Omit<Verdict, 'reason' | 'message'> {
  const exitCode = report?.exitCode ?? 0;
  switch (reason) {
    case 'exited':
      return { status: 'completed', errorType: exitCode === 0 ? null : 'script_error', exitCode };
    case 'signaled':
      return { status: 'completed', errorType: 'script_error', exitCode: 128 + (report?.signal ?? 0) };
    case 'timed_out':
      return { status: 'timed_out', errorType: 'timeout', exitCode: null };
    case 'cancelled':
      return { status: 'cancelled', errorType: null, exitCode: null };
    case 'cpu_limit':
    case 'out_of_memory':
    case 'output_limit':
    case 'disk_full':
      return { status: 'failed', errorType: 'resource_limit', exitCode: 137 };
    default:
      return { status: 'errored', errorType: 'system_error', exitCode: null };
  }
}

describe('the verdict', () => {
  test('follows the precedence for every combination of evidence', () => {
    let count = 0;
    for (const evidence of combinations()) {
      const rule = precedence.find(([holds]) => holds(evidence))?.[1] ?? 'lost';
      const expected = typeof rule === 'string' ? rule : rule(evidence.exit?.cause ?? 'stopped');
      const found = verdict(evidence, limits);
      expect(found).toEqual({
        reason: expected,
        ...publishedAs(expected, evidence.exit),
        message: found.message,
      });
      count += 1;
    }
    expect(count).toBe(128 * (1 + 9 * 3));
  });

  test('gives every reason, and one sentence in plain words for each', () => {
    const found = new Set<string>();
    for (const evidence of combinations()) {
      const { reason, message } = verdict(evidence, limits);
      found.add(reason);
      expect(message).toMatch(/^The (script|run|result of the run) [^\n]*[^.]\.$/);
      expect(message).not.toContain('undefined');
      expect(message).not.toContain('<b>');
    }
    expect([...found].toSorted()).toEqual([...reasons].toSorted());
  });

  const table: [string, Evidence, object][] = [
    [
      'exit code 0',
      { exit: exit() },
      { status: 'completed', reason: 'exited', errorType: null, exitCode: 0 },
    ],
    [
      'another exit code',
      { exit: exit({ exitCode: 3 }) },
      { status: 'completed', reason: 'exited', errorType: 'script_error', exitCode: 3 },
    ],
    [
      'a signal',
      { exit: exit({ cause: 'signaled', exitCode: null, signal: 11 }) },
      { status: 'completed', reason: 'signaled', errorType: 'script_error', exitCode: 139 },
    ],
    [
      'the time limit',
      { exit: exit({ cause: 'timed_out', exitCode: null, signal: 9 }) },
      { status: 'timed_out', reason: 'timed_out', errorType: 'timeout', exitCode: null },
    ],
    [
      'the time limit, told by its backstop',
      { overdue: { at: 1 } },
      { status: 'timed_out', reason: 'timed_out', errorType: 'timeout', exitCode: null },
    ],
    ...(['cpu_limit', 'out_of_memory', 'output_limit', 'disk_full'] as const).map(
      (cause): [string, Evidence, object] => [
        cause,
        { exit: exit({ cause, exitCode: null, signal: 9 }) },
        { status: 'failed', reason: cause, errorType: 'resource_limit', exitCode: 137 },
      ],
    ),
    [
      'a cancel',
      { cancel: pieces.cancel, exit: exit({ cause: 'stopped', exitCode: null, signal: 15 }) },
      { status: 'cancelled', reason: 'cancelled', errorType: null, exitCode: null },
    ],
    ['no place in time', { queueExpired: { at: 1 } }, error('queue_timeout')],
    ['a pod that could not start', { unstartable: pieces.unstartable }, error('could_not_start')],
    ['a loss', { lost: pieces.lost }, error('lost')],
    ['a stop by strangers', { exit: exit({ cause: 'stopped' }) }, error('lost')],
    ['nobody reading', { exit: exit({ cause: 'no_reader' }) }, error('lost')],
    ['a quarantine', { quarantined: pieces.quarantined }, error('lost')],
    ['a lost result', { exit: exit(), storage: pieces.storage }, error('result_lost')],
  ];
  test.each(table)('of %s is as published', (_, evidence, expected) => {
    expect(verdict(evidence, limits)).toMatchObject(expected);
  });

  const sentences: [Evidence, string][] = [
    [{ exit: exit() }, 'The script ran to its end.'],
    [{ exit: exit({ exitCode: 3 }) }, 'The script ended by itself with exit code 3.'],
    [
      { exit: exit({ cause: 'signaled', exitCode: null, signal: 11 }) },
      'The script was ended by SIGSEGV (signal 11).',
    ],
    [{ exit: exit({ cause: 'signaled', exitCode: null, signal: 50 }) }, 'The script was ended by signal 50.'],
    [
      { exit: exit({ cause: 'timed_out' }) },
      'The script was stopped because it ran longer than its limit of 10 seconds.',
    ],
    [
      { exit: exit({ cause: 'cpu_limit', usage: { wallMs: 1, cpuMs: 10_040, memoryPeakBytes: 1 } }) },
      'The script was stopped because it needed more than its 10 seconds of processor time; it had used 10.04 seconds.',
    ],
    [
      {
        exit: exit({ cause: 'out_of_memory', usage: { wallMs: 1, cpuMs: 1, memoryPeakBytes: 536_870_912 } }),
      },
      'The script was stopped because it needed more than its 512 MiB of memory; it had used 512 MiB.',
    ],
    [
      { exit: exit({ cause: 'output_limit', stdoutBytes: 1_048_576, stderrBytes: 524_288 }) },
      'The script was stopped because it wrote more than its 1 MiB of output; it had written 1.5 MiB.',
    ],
    [
      { exit: exit({ cause: 'disk_full' }) },
      'The script was stopped because it filled its 64 MiB of disk space.',
    ],
    [
      { unstartable: pieces.unstartable },
      'The run could not be started, through no fault of the script: ErrImagePull: manifest unknown.',
    ],
    [{ lost: { words: '' } }, 'The run was lost, through no fault of the script.'],
    [
      { quarantined: pieces.quarantined },
      'The run was lost, through no fault of the script: its record could not be understood, its context does not fit at /held.',
    ],
  ];
  test.each(sentences)('says of %j in words: %s', (evidence, expected) => {
    expect(verdict(evidence, limits).message).toBe(expected);
  });
});

function error(reason: Reason): object {
  return { status: 'errored', reason, errorType: 'system_error', exitCode: null };
}
