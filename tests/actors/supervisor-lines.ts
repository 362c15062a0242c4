// The lines of docs/supervisor-protocol.md from the supervisor's side, written apart from the monitor's own.
import { crc32 } from 'node:zlib';
import type { FrameChannel } from '#src/ports/output-log.ts';

const check = (text: string): string =>
  (crc32(Buffer.from(text, 'latin1')) >>> 0).toString(16).padStart(8, '0');

export function frameLine(nonce: string, number: number, channel: FrameChannel, text: string): string {
  const base64 = text === '' ? '-' : Buffer.from(text).toString('base64');
  const body = `${number} ${channel} ${base64}`;
  return `${nonce} ${body} ${check(body)}`;
}

export const receivedLine = (nonce: string, number: number): string =>
  `${nonce} received ${number} ${check(`received ${number}`)}`;

export function decodeCommand(line: string): { number: number; command: Record<string, unknown> } {
  const [number = '', sum = '', ...rest] = line.split(' ');
  const json = rest.join(' ');
  if (check(`${number} ${json}`) !== sum) throw new Error(`a line that no supervisor takes: ${line}`);
  return { number: Number(number), command: JSON.parse(json) };
}
