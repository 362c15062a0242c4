// A whole conversation with the supervisor of a pod of ours, for our own probe only. Runs of people are the monitor's.
import type { PodChannel } from '#src/ports/pods.ts';

export interface Heard {
  stdout: string;
  /** The exit frame's JSON; null when the lines ended without one. */
  exit: unknown;
}

export interface OwnJob {
  script: string;
  args: readonly string[];
  limits: Readonly<Record<string, number>>;
}

const checksum = (text: string): string => Bun.hash.crc32(text).toString(16).padStart(8, '0');

/** One line to a supervisor. */
function commandLine(number: number, command: unknown): string {
  const json = JSON.stringify(command);
  return `\n${number} ${checksum(`${number} ${json}`)} ${json}\n`;
}

export async function converse(channel: PodChannel, { script, args, limits }: OwnJob): Promise<Heard> {
  const nonce = crypto.randomUUID().replaceAll('-', '');
  const files = [{ path: 'main.py', data: Buffer.from(script).toString('base64') }];
  const job = { nonce, kind: 'python', main: 'main.py', args, files, env: {}, stdin: 'closed', limits };
  await channel.write(commandLine(1, { job }));
  let stdout = '';
  for await (const line of channel.lines()) {
    const [prefix, number, name, data, check] = line.split(' ');
    if (prefix !== nonce || check !== checksum(`${number} ${name} ${data}`)) continue;
    const text = data === '-' ? '' : Buffer.from(data ?? '', 'base64').toString('utf8');
    if (name === 'stdout') stdout += text;
    if (name !== 'exit') continue;
    await channel.write(commandLine(2, { acknowledge: Number(number) }));
    return { stdout, exit: JSON.parse(text) };
  }
  return { stdout, exit: null };
}
