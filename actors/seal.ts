// Closing the output of one attempt, once. The seal takes the place of the next frame, so only one of the two can be there:
// no frame follows a seal, and any number of sealers agree.
import type { ExitReport } from '#src/domain/execution.ts';
import type { Frame, OutputLog, Seal } from '#src/ports/output-log.ts';
import { readExitFrame } from './pod-monitor/exit-frame.ts';

export interface LogEnd {
  /** Number of the last frame without a gap; -1 for none. */
  last: number;
  /** The exit frame, if that is what the log ends with. */
  exit: ExitReport | null;
  seal: Seal | null;
}

/** Reads on from `from` to where the log ends at the moment, showing each frame to `visit`. */
export async function readToEnd(
  log: OutputLog,
  execution: string,
  attempt: number,
  from: number,
  visit: (frame: Frame) => void = () => undefined,
): Promise<LogEnd> {
  let last = from - 1;
  for (;;) {
    const output = await log.read(execution, attempt, last + 1);
    for (const frame of output.frames) visit(frame);
    const end = output.frames.at(-1);
    last = end?.number ?? last;
    const exit = end?.channel === 'exit' ? readExitFrame(end.data) : null;
    // Nothing follows an exit frame but the seal: no need to look for more.
    if (output.seal !== null || end === undefined || end.channel === 'exit') {
      return { last, exit, seal: output.seal };
    }
  }
}

export interface Sealed {
  last: number;
  exit: ExitReport | null;
}

/**
 * Seals, or finds the seal. Null when the frames up to `atLeast` are not all there yet. `visit` sees every frame that the
 * seal holds, once and in order.
 */
export async function sealAttempt(
  log: OutputLog,
  execution: string,
  attempt: number,
  atLeast: number,
  visit: (frame: Frame) => void = () => undefined,
): Promise<Sealed | null> {
  let from = 0;
  let exit: ExitReport | null = null;
  for (;;) {
    const end = await readToEnd(log, execution, attempt, from, visit);
    if (end.last >= from) exit = end.exit;
    if (end.seal !== null) return { last: end.seal.last, exit };
    if (end.last < atLeast) return null;
    from = end.last + 1;
    const seal = await log.append(execution, attempt, [
      { kind: 'seal', number: from, seal: { last: end.last } },
    ]);
    if (seal !== null && seal.last === end.last) return { last: seal.last, exit };
    // A frame came first: its number is taken, and the seal goes after it.
  }
}
