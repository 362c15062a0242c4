// The lines of a pod: of its first process while it runs, and from its log once it has ended. One reader for each pod in this
// process; other processes hear the same lines, which the protocol on them bears.
import { DomainError, isUnavailable, unavailable } from '#src/domain/errors.ts';
import type { PodChannel, PodStatus } from '#src/ports/pods.ts';
import type { ApiServer } from './api-server.ts';
import { type AttachmentOptions, openAttachment } from './attachment.ts';
import { domainErrorOf, Refusal } from './failures.ts';
import { heardLines } from './heard-lines.ts';
import { containerName } from './names.ts';
import { podsPath } from './pod-requests.ts';
import { lineSplitter } from './text-lines.ts';

export interface PodChannels {
  /** @throws unavailable when no attachment is to be had */
  open(pod: PodStatus): Promise<PodChannel>;
  /** Attaches already, so that whoever opens the channel later need not wait. Best effort. */
  prepare(pod: PodStatus): void;
  /** What was prepared and is not wanted any more is given up. */
  forgo(uid: string): void;
  prepared(): string[];
  close(): void;
}

/** More than a supervisor says unheard: it waits for its frames to be acknowledged. */
const unreadCharactersMax = 32 * 1024 * 1024;

export function podChannels(options: AttachmentOptions): PodChannels {
  const open = new Map<string, PodChannel>();
  const early = new Map<string, Promise<PodChannel | null>>();
  /** A channel that was prepared, unless it broke meanwhile. */
  const take = (uid: string): Promise<PodChannel | null> => {
    const channel = early.get(uid);
    early.delete(uid);
    return channel ?? Promise.resolve(null);
  };
  const attach = (pod: PodStatus): Promise<PodChannel> => {
    const channel: Promise<PodChannel> = ofProcess(options, pod, () => {
      early.delete(pod.uid);
      void channel.then((ended) => {
        if (open.get(pod.uid) === ended) open.delete(pod.uid);
      });
    });
    return channel;
  };
  return {
    async open(pod) {
      open.get(pod.uid)?.close();
      if (pod.phase === 'ended') return ofLog(options, pod);
      const channel = (await take(pod.uid)) ?? (await attach(pod));
      // Another may have come while this one was being opened: the last one has it.
      open.get(pod.uid)?.close();
      open.set(pod.uid, channel);
      return channel;
    },
    prepare(pod) {
      if (early.has(pod.uid) || open.has(pod.uid)) return;
      early.set(pod.uid, attach(pod).catch(unlessUnavailable));
    },
    forgo(uid) {
      void take(uid).then((channel) => channel?.close());
    },
    prepared: () => [...early.keys()],
    close() {
      for (const channel of [...open.values()]) channel.close();
      for (const uid of [...early.keys()]) void take(uid).then((channel) => channel?.close());
    },
  };
}

function unlessUnavailable(error: unknown): null {
  if (isUnavailable(error)) return null;
  throw error;
}

async function ofProcess(
  options: AttachmentOptions,
  pod: PodStatus,
  closed: () => void,
): Promise<PodChannel> {
  const splitter = lineSplitter('latin1');
  const lines = heardLines(unreadCharactersMax, () => attachment.close());
  const attachment = await openAttachment(options, pod.name, {
    heard: (bytes) => lines.push(splitter.push(bytes)),
    closed() {
      lines.end();
      closed();
    },
  });
  return {
    write: (text) => attachment.write(text),
    lines: lines.read,
    close() {
      lines.drop();
      attachment.close();
    },
  };
}

/** What the pod said from its beginning, or from where its node has cut the log. It hears nothing any more. */
function ofLog({ api, namespace }: AttachmentOptions, pod: PodStatus): PodChannel {
  const leaving = new AbortController();
  return {
    async write() {
      throw new DomainError('not_found', 'The pod has ended');
    },
    lines: () => logLines(api, `${podsPath(namespace, pod.name)}/log`, leaving.signal),
    close: () => leaving.abort(),
  };
}

async function* logLines(api: ApiServer, path: string, signal: AbortSignal): AsyncGenerator<string> {
  const splitter = lineSplitter('latin1');
  try {
    for await (const piece of await api.read({ path, query: { container: containerName } }, signal)) {
      yield* splitter.push(piece);
    }
  } catch (error) {
    if (signal.aborted) return;
    // A container that never was has said nothing, and of a pod that is gone nothing is left.
    if (error instanceof Refusal && (error.code === 400 || error.code === 404)) return;
    throw error instanceof Refusal
      ? domainErrorOf(error)
      : unavailable('kubernetes: the log broke off', error);
  }
}
