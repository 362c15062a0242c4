// What each hostile script may achieve. `as`: the words of its standard output; a cause may differ with what limits memory.
import type { TestJob } from './monitor.ts';

export interface Attack {
  file: string;
  limits?: TestJob['limits'];
  causes: string[];
  exitCode?: number | null;
  stdout?: RegExp;
  artifacts?: RegExp;
  truncated?: boolean;
}

const mebibyte = 1024 * 1024;

export const attacks: Attack[] = [
  { file: 'forge_frames', causes: ['exited'], exitCode: 0, stdout: /nonce is as rare as others: True\n$/ },
  { file: 'supervisor_files', causes: ['exited'], exitCode: 0, stdout: /^\[0, 1, 2\] \[\]\n$/ },
  { file: 'limits_of_parent', causes: ['exited'], exitCode: 0, stdout: /^to the parent: \[\]\n$/ },
  {
    file: 'fork_bomb',
    limits: { wall_ms: 800 },
    causes: ['timed_out', 'out_of_memory'],
    exitCode: null,
    stdout: /^go\n$/,
  },
  { file: 'memory_one', causes: ['out_of_memory', 'exited'], stdout: /^go\n$/ },
  { file: 'memory_shared', causes: ['out_of_memory'], exitCode: null, stdout: /^$/ },
  { file: 'memory_hidden', causes: ['out_of_memory', 'exited'], stdout: /^(held False\n)?$/ },
  { file: 'memory_descriptors', causes: ['out_of_memory', 'exited'], stdout: /^(stopped (38|None)\n)?$/ },
  { file: 'disk_bytes', causes: ['exited'], exitCode: 0, stdout: /^stopped 28 within the limit: True\n$/ },
  { file: 'disk_files', causes: ['exited'], exitCode: 0, stdout: /^stopped 28 True\n$/ },
  {
    file: 'signals_to_others',
    causes: ['exited'],
    exitCode: 0,
    stdout: /^the supervisor still tells of me\n$/,
  },
  {
    file: 'artifact_links',
    limits: { disk_bytes: 32 * mebibyte },
    causes: ['exited'],
    exitCode: 0,
    artifacts: /^good\.txt:4( z\d\d:1){31}$/,
  },
  { file: 'artifact_folder', causes: ['exited'], exitCode: 0, stdout: /^planted\n$/, artifacts: /^$/ },
  { file: 'kernel_calls', causes: ['exited'], exitCode: 0, stdout: /^\[\]\n$/ },
  { file: 'network', causes: ['exited'], exitCode: 0, stdout: /^reached: \[\]\n$/ },
  { file: 'lingers', causes: ['exited'], exitCode: 0, stdout: /^main left\n$/ },
  { file: 'cpu_family', limits: { cpu_ms: 400 }, causes: ['cpu_limit'], exitCode: null },
  {
    file: 'floods',
    limits: { output_bytes: mebibyte + 7 },
    causes: ['output_limit'],
    exitCode: null,
    truncated: true,
  },
  {
    file: 'stops_itself',
    limits: { wall_ms: 500 },
    causes: ['timed_out'],
    exitCode: null,
    stdout: /^zzz\n$/,
  },
  { file: 'deaf', limits: { wall_ms: 500 }, causes: ['timed_out'], exitCode: null, stdout: /^deaf\n$/ },
];
