// Brings what was typed to the supervisor: in order, at least once, and with a bound on what is under way. Keeps no bytes: what
// must be said again is read again.
import type { Input } from '#src/ports/output-log.ts';
import type { Command } from './wire.ts';

const underWayBytesMax = 1024 * 1024;
const repeatAfterMs = 2_000;

export interface InputFeed {
  /** Inputs to say now; reads from the log, after the last that is under way. */
  next(now: number): Promise<Input[]>;
  /** An input was said, as the command of that number. */
  said(command: number, input: Input, now: number): void;
  /** A command was taken; true when there is room now for input that was held back. */
  received(command: number): boolean;
  /** A new channel: what was under way may be lost with the old one. */
  restart(): void;
  isDone(): boolean;
}

export function inputFeed(read: (after: number) => Promise<Input[]>): InputFeed {
  let taken = 0;
  let sent = 0;
  let end: number | null = null;
  let underWayBytes = 0;
  let saidAt = 0;
  let heldBack = false;
  const underWay = new Map<number, Input['number']>();
  const restart = (): void => {
    sent = taken;
    underWayBytes = 0;
    underWay.clear();
  };
  const isDone = (): boolean => end !== null && taken >= end;
  return {
    async next(now) {
      if (isDone()) return [];
      if (sent > taken && now - saidAt >= repeatAfterMs) restart();
      if (sent === end || underWayBytes >= underWayBytesMax) return [];
      const inputs = fitting(await read(sent), underWayBytesMax - underWayBytes);
      heldBack = inputs.length > 0 && underWayBytes + bytesOf(inputs) >= underWayBytesMax;
      return inputs;
    },
    said(command, input, now) {
      underWay.set(command, input.number);
      underWayBytes += input.data.length;
      sent = Math.max(sent, input.number);
      if (input.end) end = input.number;
      saidAt = now;
    },
    received(command) {
      const number = underWay.get(command);
      if (number === undefined) return false;
      underWay.delete(command);
      taken = Math.max(taken, number);
      if (taken < sent) return false;
      underWayBytes = 0;
      return heldBack;
    },
    restart,
    isDone,
  };
}

/** As many as begin within the room. */
function fitting(inputs: readonly Input[], room: number): Input[] {
  let left = room;
  return inputs.filter((input) => {
    const fits = left > 0;
    left -= input.data.length;
    return fits;
  });
}

const bytesOf = (inputs: readonly Input[]): number =>
  inputs.reduce((sum, input) => sum + input.data.length, 0);

export const inputCommand = (input: Input): Command => ({
  input: { number: input.number, data: Buffer.from(input.data).toString('base64'), end: input.end },
});
