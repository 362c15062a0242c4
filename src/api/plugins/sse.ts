// Server-sent events. A route hands over an async generator and returns what `open` answers:
//
//   .get('/:id/stream', ({ request, server, caller }) =>
//     context.streams.open({ request, server, produce: (signal) => runEvents(id, signal) }))
//
// Yield `{ data, event?, id? }`; data is JSON. Return to end the stream. The generator is asked for the next event only
// when the reader has taken the last, so nothing piles up for a slow one; a reader that takes nothing for a minute is
// cut off. It must end soon after `signal` aborts (the reader left, or the server drains) and clean up in `finally`.
// Check access and existence before `open`: an error thrown by the generator can only cut the stream.
// Heartbeat comments go out by themselves, and a stream ends within two seconds of its caller's session. It must never
// hold more than one event of a reader in memory.
import type { Cancel, Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';

export interface StreamEvent {
  data: unknown;
  event?: string;
  id?: string;
}

export interface StreamRequest {
  request: Request;
  /** As Elysia gives it; null when no socket serves the request. */
  server: { timeout(request: Request, seconds: number): void } | null;
  produce(signal: AbortSignal): AsyncIterable<StreamEvent>;
}

export interface Streams {
  open(stream: StreamRequest): Response;
  /** Streams with a reader; back to zero when all have left. */
  count(): number;
  /** Ends every stream and every later one with a hint to come again soon. */
  drain(): void;
}

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;
const heartbeatMs = 8_000;
const stalledMs = 60_000;
const checkEveryMs = 1_500;
const reconnectMs = 1_000;

const encoder = new TextEncoder();
const heartbeat = encoder.encode(':\n\n');
const comeAgain = encoder.encode(`retry: ${reconnectMs}\n\n`);

export interface StreamPorts {
  clock: Clock;
  logger: Logger;
  /** Whether whoever opened the stream may still read it. */
  stillValid(request: Request): Promise<boolean>;
}

export function createStreams({ clock, logger, stillValid }: StreamPorts): Streams {
  const readers = new Set<() => void>();
  let draining = false;

  return {
    open({ request, server, produce }) {
      // Who asks for the headers alone would wait for a length that there is not.
      if (request.method === 'HEAD') return new Response(null, { headers });
      server?.timeout(request, 0);
      const abort = new AbortController();
      const leave = () => abort.abort();
      readers.add(leave);
      request.signal.addEventListener('abort', leave, { once: true });
      abort.signal.addEventListener('abort', () => readers.delete(leave), { once: true });
      if (draining || request.signal.aborted) leave();
      keepChecking(() => stillValid(request), abort, clock, logger);
      const source = bodyOf(produce(abort.signal), abort, clock, logger);
      return new Response(source, { headers });
    },
    count: () => readers.size,
    drain() {
      draining = true;
      for (const leave of [...readers]) leave();
    },
  };
}

/** A check that fails to be made ends nothing: the next one tells. */
function keepChecking(
  stillValid: () => Promise<boolean>,
  abort: AbortController,
  clock: Clock,
  logger: Logger,
): void {
  let cancel: Cancel = () => undefined;
  const arm = () => {
    if (!abort.signal.aborted) cancel = clock.after(checkEveryMs, look);
  };
  const look = async () => {
    const valid = await stillValid().catch((error: unknown) => {
      logger.warn({ error }, 'the caller of a stream could not be checked');
      return true;
    });
    if (!valid) abort.abort();
    arm();
  };
  abort.signal.addEventListener('abort', () => cancel(), { once: true });
  arm();
}

type Step = { kind: 'event'; event: StreamEvent } | { kind: 'beat' } | { kind: 'end' };

function bodyOf(
  events: AsyncIterable<StreamEvent>,
  abort: AbortController,
  clock: Clock,
  logger: Logger,
): ReadableStream<Uint8Array> {
  const iterator = events[Symbol.asyncIterator]();
  let waiting: Promise<Step> | null = null;
  let opened = false;
  let forgive: Cancel = () => undefined;

  const nextStep = (): Promise<Step> => {
    waiting ??= iterator
      .next()
      .then(({ done, value }): Step => (done === true ? { kind: 'end' } : { kind: 'event', event: value }));
    return waiting;
  };
  const finish = async () => {
    forgive();
    abort.abort();
    await iterator.return?.();
  };

  return new ReadableStream({
    async pull(controller) {
      forgive();
      if (!opened) {
        // The first bytes make the headers leave at once.
        opened = true;
        controller.enqueue(comeAgain);
        return;
      }
      try {
        const step = await withHeartbeat(nextStep(), abort.signal, clock);
        if (step.kind !== 'beat') waiting = null;
        if (step.kind === 'end') {
          controller.close();
          await finish();
          return;
        }
        controller.enqueue(step.kind === 'beat' ? heartbeat : frameOf(step.event));
        forgive = clock.after(stalledMs, () => {
          controller.error(new Error('the reader takes nothing'));
          void finish().catch((error) => logger.warn({ error }, 'a stalled stream did not end cleanly'));
        });
      } catch (error) {
        logger.error({ error }, 'a stream failed');
        controller.error(error);
        abort.abort();
      }
    },
    cancel: finish,
  });
}

/** The next step, or a beat when none comes in time, or the end when the stream is told to stop. */
function withHeartbeat(next: Promise<Step>, signal: AbortSignal, clock: Clock): Promise<Step> {
  return new Promise((resolve, reject) => {
    const stop = () => settle(() => resolve({ kind: 'end' }));
    const cancel = clock.after(heartbeatMs, () => settle(() => resolve({ kind: 'beat' })));
    const settle = (act: () => void) => {
      cancel();
      signal.removeEventListener('abort', stop);
      act();
    };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    next.then(
      (step) => settle(() => resolve(step)),
      (error) => settle(() => reject(error)),
    );
  });
}

function frameOf({ data, event, id }: StreamEvent): Uint8Array {
  const lines = [`data: ${JSON.stringify(data)}`];
  if (id !== undefined) lines.unshift(`id: ${oneLine(id)}`);
  if (event !== undefined) lines.unshift(`event: ${oneLine(event)}`);
  return encoder.encode(`${lines.join('\n')}\n\n`);
}

const oneLine = (text: string): string => text.replaceAll(/[\r\n\0]/g, ' ');
