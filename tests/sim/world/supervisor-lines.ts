// The lines of docs/supervisor-protocol.md, as a supervisor reads and writes them. Written apart from the monitor's own
// reading and writing of them, so that the two check each other.
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { FrameChannel } from '#src/ports/output-log.ts';

const text = Type.String();
const number = Type.Number();

const jobSchema = Type.Object({
  nonce: text,
  kind: text,
  main: text,
  args: Type.Array(text),
  files: Type.Array(Type.Object({ path: text, data: text })),
  env: Type.Record(text, text),
  stdin: Type.Union([Type.Literal('closed'), Type.Literal('open')]),
  limits: Type.Object({
    wall_ms: number,
    cpu_ms: number,
    memory_bytes: number,
    processes: number,
    disk_bytes: number,
    output_bytes: number,
    artifact_bytes: number,
    files_open: number,
  }),
});
export type Job = Static<typeof jobSchema>;

const commandSchema = Type.Union([
  Type.Object({ job: jobSchema }),
  Type.Object({ input: Type.Object({ number, data: text, end: Type.Boolean() }) }),
  Type.Object({ acknowledge: number }),
  Type.Object({ resend: number }),
  Type.Object({ stop: Type.Object({ grace_ms: number }) }),
]);
export type Command = Static<typeof commandSchema>;

export interface Numbered {
  number: number;
  command: Command;
}

/** `broken`: dropped without an answer. `foreign`: whole, but no command that a supervisor knows. */
export type ReadLine =
  | { kind: 'command'; numbered: Numbered }
  | { kind: 'broken' }
  | { kind: 'foreign'; line: string };

export function readLine(line: string): ReadLine {
  const [digits, check, ...rest] = line.split(' ');
  const json = rest.join(' ');
  if (digits === undefined || !/^\d+$/.test(digits)) return { kind: 'broken' };
  if (checkOf(`${digits} ${json}`) !== check) return { kind: 'broken' };
  const command: unknown = JSON.parse(json);
  if (!Value.Check(commandSchema, command)) return { kind: 'foreign', line };
  return { kind: 'command', numbered: { number: Number(digits), command } };
}

export function frameLine(nonce: string, number: number, channel: FrameChannel, data: Uint8Array): string {
  const base64 = data.length === 0 ? '-' : Buffer.from(data).toString('base64');
  const body = `${number} ${channel} ${base64}`;
  return `${nonce} ${body} ${checkOf(body)}`;
}

export function receivedLine(nonce: string, number: number): string {
  const body = `received ${number}`;
  return `${nonce} ${body} ${checkOf(body)}`;
}

const checkOf = (body: string): string => Bun.hash.crc32(body).toString(16).padStart(8, '0');
