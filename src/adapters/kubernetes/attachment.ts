// A websocket to the first process of a pod's container. Whatever its end is called, it says nothing of the pod: a containerd that is
// killed closes it as if all were well, an API server that is killed does not. A dead connection is noticed by its silence.
import { isUnavailable, unavailable } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import { type ApiRequest, type ApiServer, urlOf } from './api-server.ts';
import { isRefusal, Refusal } from './failures.ts';
import { containerName } from './names.ts';
import { pause } from './pause.ts';
import { podsPath } from './pod-requests.ts';

export interface Attachment {
  /** Resolves when handed over to the connection. @throws unavailable when it is closed or takes nothing */
  write(text: string): Promise<void>;
  close(): void;
}

export interface AttachmentOptions {
  api: ApiServer;
  clock: Clock;
  namespace: string;
}

export interface AttachmentEars {
  /** What came on the standard output. */
  heard(bytes: Uint8Array): void;
  closed(): void;
}

/** The kinds of data, by the first byte of a message. */
const standardInput = 0;
const standardOutput = 1;

const query = { container: containerName, stdin: 'true', stdout: 'true', stderr: 'false', tty: 'false' };

const openWithinMs = 5_000;
const pingEachMs = 10_000;
const silentMaxMs = 25_000;
/** As the command-line client sends it: a larger message is not everywhere taken. */
const messageBytesMax = 32 * 1024;
/** So much may lie in the connection before the next message has to wait. */
const unsentBytesMax = 1024 * 1024;
const takeWithinMs = 10_000;
const lookEachMs = 5;
/** So long an end that we want may take. */
const partWithinMs = 2_000;

/** @throws unavailable when there is no attachment to be had; why is to be found out from the pod */
export async function openAttachment(
  options: AttachmentOptions,
  podName: string,
  ears: AttachmentEars,
): Promise<Attachment> {
  const { clock } = options;
  let heardAt = clock.monotonic();
  // From the first moment: what a pod says at once must not be missed.
  const socket = await openSocket(options, podName, (bytes) => {
    heardAt = clock.monotonic();
    if (bytes[0] === standardOutput && bytes.length > 1) ears.heard(bytes.subarray(1));
  });
  let cancel = clock.after(pingEachMs, ping);
  let isOpen = true;

  function ping(): void {
    if (clock.monotonic() - heardAt > silentMaxMs) {
      end();
      return;
    }
    socket.ping();
    cancel = clock.after(pingEachMs, ping);
  }
  function end(): void {
    if (!isOpen) return;
    isOpen = false;
    cancel();
    socket.terminate();
    ears.closed();
  }
  /** What was written last is still sent: the pod may be waiting for nothing else. */
  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    cancel();
    socket.close(1000);
    const cancelEnd = clock.after(partWithinMs, () => socket.terminate());
    socket.addEventListener('close', cancelEnd);
    ears.closed();
  }
  socket.addEventListener('pong', () => {
    heardAt = clock.monotonic();
  });
  socket.addEventListener('close', end);
  socket.addEventListener('error', end);
  if (socket.readyState !== WebSocket.OPEN) end();

  return {
    async write(text) {
      for (const message of messagesOf(text)) {
        if (!(await hasRoom(clock, socket))) end();
        if (!isOpen) throw unavailable('kubernetes: the attachment is closed');
        socket.send(message);
      }
    },
    close,
  };
}

function* messagesOf(text: string): Generator<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += messageBytesMax) {
    const piece = bytes.subarray(at, at + messageBytesMax);
    const message = new Uint8Array(piece.length + 1);
    message[0] = standardInput;
    message.set(piece, 1);
    yield message;
  }
}

async function openSocket(
  { api, clock, namespace }: AttachmentOptions,
  podName: string,
  received: (bytes: Uint8Array) => void,
): Promise<Bun.WebSocket> {
  const { headers, tls } = await api.cluster.credentials();
  const target = { path: `${podsPath(namespace, podName)}/attach`, query };
  const socket = webSocket(urlOf(api.cluster.server, target).replace(/^http/, 'ws'), {
    protocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    headers,
    tls,
  });
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => received(new Uint8Array(data)));
  const opening = Promise.withResolvers<Bun.WebSocket>();
  const refuse = (words: string): void => opening.reject(unavailable(`kubernetes: ${words}`));
  const cancel = clock.after(openWithinMs, () => refuse(`no attachment within ${openWithinMs} ms`));
  socket.addEventListener('open', () => opening.resolve(socket), { once: true });
  socket.addEventListener('error', (event) => refuse(`no attachment: ${wordsOf(event)}`), { once: true });
  socket.addEventListener('close', () => refuse('the attachment was closed at once'), { once: true });
  try {
    return await opening.promise;
  } catch (error) {
    socket.terminate();
    throw (await refusalOf(api, target)) ?? error;
  } finally {
    cancel();
  }
}

/** A websocket does not tell why it was refused: the same request without one does, for each right that an attachment needs. */
async function refusalOf(
  api: ApiServer,
  target: Pick<ApiRequest, 'path' | 'query'>,
): Promise<Refusal | null> {
  for (const method of ['GET', 'POST'] as const) {
    try {
      await api.ask({ method, ...target });
    } catch (error) {
      if (isRefusal(error, 403) || isRefusal(error, 401)) return error;
      if (!(error instanceof Refusal) && !isUnavailable(error)) throw error;
    }
  }
  return null;
}

/** Bun's takes headers and certificates; the types of browsers, which the page is written with, do not know that. */
const webSocket = (url: string, options: Bun.WebSocketOptions): Bun.WebSocket =>
  new (WebSocket as unknown as new (url: string, options: Bun.WebSocketOptions) => Bun.WebSocket)(
    url,
    options,
  );

const wordsOf = (event: Event): string =>
  'message' in event && typeof event.message === 'string' ? event.message : 'refused';

async function hasRoom(clock: Clock, socket: Bun.WebSocket): Promise<boolean> {
  const began = clock.monotonic();
  while (socket.readyState === WebSocket.OPEN && socket.bufferedAmount > unsentBytesMax) {
    if (clock.monotonic() - began > takeWithinMs) return false;
    await pause(clock, lookEachMs);
  }
  return true;
}
