// The supervisor's account of an end, read strictly: what does not fit is no account, and is never repaired by guessing.
import { type ExitReport, exitCauses } from '#src/domain/execution.ts';
import { short } from './pod-end.ts';

export function readExitFrame(data: Uint8Array): ExitReport | null {
  const frame = objectIn(data);
  if (frame === null) return null;
  const cause = exitCauses.find((known) => known === frame.cause);
  const wallMs = amount(frame.wall_ms);
  const cpuMs = amount(frame.cpu_ms);
  const memoryPeakBytes = amount(frame.memory_peak_bytes);
  const stdoutBytes = whole(frame.stdout_bytes);
  const stderrBytes = whole(frame.stderr_bytes);
  const exitCode = wholeOrNull(frame.exit_code);
  const signal = wholeOrNull(frame.signal);
  const truncated = frame.truncated;
  const detail = frame.detail ?? null;
  if (cause === undefined || wallMs === null || cpuMs === null || memoryPeakBytes === null) return null;
  if (stdoutBytes === null || stderrBytes === null || exitCode === undefined || signal === undefined)
    return null;
  if (typeof truncated !== 'boolean' || (detail !== null && typeof detail !== 'string')) return null;
  return {
    cause,
    exitCode,
    signal,
    usage: { wallMs, cpuMs, memoryPeakBytes },
    stdoutBytes,
    stderrBytes,
    truncated,
    detail: detail === null ? null : short(detail),
  };
}

function objectIn(data: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(data));
    return isRecord(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const amount = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;

const whole = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

/** Undefined for what is neither. */
const wholeOrNull = (value: unknown): number | null | undefined => {
  if (value === null || value === undefined) return null;
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
};
