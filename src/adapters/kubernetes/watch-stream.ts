// One watch of the API server, until it ends it, which is daily life: after its time, when it restarts, when we were too slow.
import type { Clock } from '#src/ports/clock.ts';
import type { ApiServer } from './api-server.ts';
import { Refusal } from './failures.ts';
import type { PodObject, StatusObject } from './objects.ts';
import { lineSplitter } from './text-lines.ts';

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: PodObject;
}

export interface WatchedPods {
  path: string;
  labelSelector: string;
  resourceVersion: string;
}

/** So long the server keeps it; a connection that died unseen is noticed shortly afterwards. */
const keptSeconds = 60;
const overdueMs = (keptSeconds + 5) * 1_000;

/**
 * Ends when the server ends it. @throws Refusal with code 410 when the version is too old to go on from; unavailable when the
 * connection breaks
 */
export async function* watchPods(
  { api, clock }: { api: ApiServer; clock: Clock },
  { path, labelSelector, resourceVersion }: WatchedPods,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const stop = new AbortController();
  const leave = (): void => stop.abort();
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  const cancel = clock.after(overdueMs, () => stop.abort(new Error('the watch outlived its time')));
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(keptSeconds),
    labelSelector,
    resourceVersion,
  };
  try {
    const body = await api.read({ path, query }, stop.signal);
    const splitter = lineSplitter('utf-8');
    for await (const piece of body) {
      for (const line of splitter.push(piece)) if (line !== '') yield eventIn(line);
    }
  } finally {
    cancel();
    signal.removeEventListener('abort', leave);
    stop.abort();
  }
}

function eventIn(line: string): WatchEvent {
  const event = JSON.parse(line) as { type: WatchEvent['type'] | 'ERROR'; object: PodObject };
  if (event.type !== 'ERROR') return { type: event.type, object: event.object };
  const status = event.object as StatusObject;
  throw new Refusal(status.code ?? 500, status.reason ?? '', status.message ?? '', null);
}
