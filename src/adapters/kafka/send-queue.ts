// Records that wait to be sent, in the order in which callers gave them, and whom to tell. Bounded: while the brokers are
// away, callers are refused rather than kept.
import type { EventRecord } from './event-record.ts';

export interface Call {
  /** Resolves once every record of it is sent. */
  answer: Promise<void>;
  /** Records of it that are not sent yet. */
  left: number;
  over: boolean;
  resolve(): void;
  reject(error: Error): void;
}

export interface Waiting {
  record: EventRecord;
  call: Call;
}

export interface SendQueue {
  hasRoom(): boolean;
  add(records: readonly EventRecord[]): Call;
  /** Takes what fits into one request. */
  next(): readonly Waiting[];
  sent(batch: readonly Waiting[]): void;
  failed(batch: readonly Waiting[], error: Error): void;
  /** What of this call is unsent is never sent: later records must not overtake earlier ones that its caller repeats. */
  giveUp(call: Call, error: Error): void;
  giveUpAll(error: Error): void;
}

const waitingMax = 10_000;
const waitingBytesMax = 32 * 1024 * 1024;
const batchMax = 1_000;
/** Brokers refuse a batch of more than a mebibyte for one partition. */
const batchBytesMax = 512 * 1024;

export function sendQueue(): SendQueue {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;

  function forget(of: (waiting: Waiting) => boolean): void {
    waiting = waiting.filter((one) => {
      if (of(one)) waitingBytes -= one.record.bytes;
      return !of(one);
    });
  }

  function end(call: Call, error: Error): void {
    if (call.over) return;
    call.over = true;
    call.reject(error);
  }

  return {
    hasRoom: () => waiting.length < waitingMax && waitingBytes < waitingBytesMax,
    add(records) {
      const call = newCall(records.length);
      for (const record of records) {
        waiting.push({ record, call });
        waitingBytes += record.bytes;
      }
      return call;
    },
    next() {
      let count = 0;
      let bytes = 0;
      for (const { record } of waiting) {
        if (count === batchMax || (count > 0 && bytes + record.bytes > batchBytesMax)) break;
        count += 1;
        bytes += record.bytes;
      }
      waitingBytes -= bytes;
      return waiting.splice(0, count);
    },
    sent(batch) {
      for (const { call } of batch) {
        call.left -= 1;
        if (call.left > 0 || call.over) continue;
        call.over = true;
        call.resolve();
      }
    },
    failed(batch, error) {
      const calls = new Set(batch.map(({ call }) => call));
      for (const call of calls) end(call, error);
      forget(({ call }) => calls.has(call));
    },
    giveUp(call, error) {
      end(call, error);
      forget((one) => one.call === call);
    },
    giveUpAll(error) {
      for (const { call } of waiting) end(call, error);
      forget(() => true);
    },
  };
}

function newCall(left: number): Call {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { answer: promise, left, over: false, resolve, reject };
}
