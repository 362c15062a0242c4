// The lines between a monitor and a supervisor. Pure. A line that does not fit is not from the supervisor and is noise,
// whatever it says; nothing of it may be believed.
import { type FrameChannel, frameChannels } from '#src/ports/output-log.ts';
import type { Job } from './job.ts';

export type Command =
  | { job: Job }
  | { input: { number: number; data: string; end: boolean } }
  | { acknowledge: number }
  | { resend: number }
  | { stop: { grace_ms: number } };

export interface WireFrame {
  kind: 'frame';
  number: number;
  channel: FrameChannel;
  data: Uint8Array;
}

export type SupervisorLine = WireFrame | { kind: 'received'; number: number } | { kind: 'noise' };

const noise: SupervisorLine = { kind: 'noise' };
const wholeNumber = /^(?:0|[1-9][0-9]{0,14})$/;

/** Begins with a newline of its own, so that a torn line spoils only itself. ASCII throughout. */
export function encodeCommand(number: number, command: Command): string {
  const text = `${number} ${inAscii(JSON.stringify(command))}`;
  const space = text.indexOf(' ');
  return `\n${number} ${checksum(text)} ${text.slice(space + 1)}\n`;
}

export function decodeLine(nonce: string, line: string): SupervisorLine {
  if (!line.startsWith(`${nonce} `)) return noise;
  const checkAt = line.lastIndexOf(' ');
  const text = line.slice(nonce.length + 1, checkAt);
  if (checksum(text) !== line.slice(checkAt + 1)) return noise;
  const parts = text.split(' ');
  if (parts.length === 2) return received(parts);
  return parts.length === 3 ? frame(parts) : noise;
}

function received([word, number]: readonly string[]): SupervisorLine {
  if (word !== 'received' || number === undefined || !wholeNumber.test(number)) return noise;
  return { kind: 'received', number: Number(number) };
}

function frame([number, name, base64]: readonly string[]): SupervisorLine {
  const channel = frameChannels.find((known) => known === name);
  if (channel === undefined || number === undefined || base64 === undefined) return noise;
  if (!wholeNumber.test(number)) return noise;
  const data = base64 === '-' ? new Uint8Array() : Uint8Array.from(Buffer.from(base64, 'base64'));
  return { kind: 'frame', number: Number(number), channel, data };
}

/** CRC-32 as in zlib, eight hexadecimal digits. */
const checksum = (text: string): string => Bun.hash.crc32(text).toString(16).padStart(8, '0');

const inAscii = (json: string): string =>
  json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
