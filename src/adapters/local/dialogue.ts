// A whole conversation with one supervisor, for our own scripts only: the self-test's probe. Runs of people are the monitor's.
import type { Sandbox } from './sandbox.ts';

export interface Heard {
  stdout: string;
  stderr: string;
  /** The exit frame's JSON; null when the supervisor ended without one. */
  exit: unknown;
}

export interface OwnJob {
  script: string;
  args: readonly string[];
  limits: Record<string, number>;
}

/** One line to a supervisor. */
export function commandLine(number: number, command: unknown): string {
  const json = JSON.stringify(command);
  return `\n${number} ${checksum(`${number} ${json}`)} ${json}\n`;
}

export async function converse(sandbox: Sandbox, job: OwnJob): Promise<Heard> {
  const nonce = crypto.randomUUID().replaceAll('-', '');
  const files = [{ path: 'main.py', data: Buffer.from(job.script).toString('base64') }];
  const { lines } = sandbox.output.attach();
  await sandbox.write(
    commandLine(1, {
      job: {
        nonce,
        kind: 'python',
        main: 'main.py',
        args: job.args,
        files,
        env: {},
        stdin: 'closed',
        limits: job.limits,
      },
    }),
  );
  const heard: Heard = { stdout: '', stderr: '', exit: null };
  for await (const line of lines) {
    const [prefix, number, channel, data, check] = line.split(' ');
    if (prefix !== nonce || check !== checksum(`${number} ${channel} ${data}`)) continue;
    const text = data === '-' ? '' : Buffer.from(data ?? '', 'base64').toString('utf8');
    if (channel === 'stdout') heard.stdout += text;
    else if (channel === 'stderr') heard.stderr += text;
    else if (channel === 'exit') {
      heard.exit = JSON.parse(text);
      break;
    }
  }
  sandbox.kill();
  return heard;
}

const checksum = (text: string): string => Bun.hash.crc32(text).toString(16).padStart(8, '0');
