// What was seen of a finished run against what its case expects: one sentence per difference.
import type { Expectation } from './cases.ts';

export interface Seen {
  view: {
    status: string;
    exit_code: number | null;
    termination: { reason: string; message: string } | null;
    output: { truncated: boolean } | null;
  };
  stdout: Buffer;
  stderr: Buffer;
  /** By name. */
  artifacts: ReadonlyMap<string, Buffer>;
}

export function differences(expect: Expectation, seen: Seen): string[] {
  return [
    ...ending(expect, seen),
    ...output('stdout', seen.stdout, {
      text: expect.stdout,
      hex: expect.stdout_hex,
      bytes: expect.stdout_bytes,
      starts: expect.stdout_starts,
      ends: expect.stdout_ends,
      has: expect.stdout_has,
    }),
    ...output('stderr', seen.stderr, { text: expect.stderr, has: expect.stderr_has }),
    ...(expect.stderr_any === true && seen.stderr.length === 0 ? ['stderr is empty'] : []),
    ...leaks(expect, seen),
  ];
}

function ending(expect: Expectation, { view }: Seen): string[] {
  const found: string[] = [];
  const statuses = expect.status_any ?? (expect.status === undefined ? [] : [expect.status]);
  if (!statuses.includes(view.status))
    found.push(`status ${view.status} instead of ${statuses.join(' or ')}`);
  const reason = view.termination?.reason ?? 'none';
  const reasons = expect.reason_any ?? (expect.reason === undefined ? [] : [expect.reason]);
  if (!reasons.includes(reason)) found.push(`reason ${reason} instead of ${reasons.join(' or ')}`);
  if (!view.termination?.message) found.push('no sentence says why it ended');
  if (
    expect.exit_code !== undefined &&
    expect.exit_code_any !== true &&
    view.exit_code !== expect.exit_code
  ) {
    found.push(`exit code ${view.exit_code} instead of ${expect.exit_code}`);
  }
  if (expect.truncated === true && view.output?.truncated !== true)
    found.push('the output is not marked as cut');
  return found;
}

interface Wanted {
  text?: string | undefined;
  hex?: string | undefined;
  bytes?: number | undefined;
  starts?: string | undefined;
  ends?: string | undefined;
  has?: string[] | undefined;
}

function output(name: string, bytes: Buffer, wanted: Wanted): string[] {
  const text = bytes.toString();
  const found: string[] = [];
  const shown = (value: string): string =>
    JSON.stringify(value.length > 160 ? `${value.slice(0, 160)}…` : value);
  if (wanted.text !== undefined && text !== wanted.text) {
    found.push(`${name} is ${shown(text)} instead of ${shown(wanted.text)}`);
  }
  if (wanted.hex !== undefined && bytes.toString('hex') !== wanted.hex) {
    found.push(`${name} is ${bytes.toString('hex').slice(0, 80)} instead of ${wanted.hex}`);
  }
  if (wanted.bytes !== undefined && bytes.length !== wanted.bytes) {
    found.push(`${name} has ${bytes.length} bytes instead of ${wanted.bytes}`);
  }
  if (wanted.starts !== undefined && !text.startsWith(wanted.starts))
    found.push(`${name} begins ${shown(text)}`);
  if (wanted.ends !== undefined && !text.endsWith(wanted.ends))
    found.push(`${name} ends ${shown(text.slice(-60))}`);
  for (const part of wanted.has ?? []) {
    if (!text.includes(part)) found.push(`${name} lacks ${shown(part)}: ${shown(text.slice(-200))}`);
  }
  return found;
}

function leaks({ no_artifact_has: forbidden = [] }: Expectation, { artifacts }: Seen): string[] {
  return [...artifacts].flatMap(([name, content]) =>
    forbidden.filter((part) => content.includes(part)).map((part) => `artifact ${name} holds ${part}`),
  );
}
