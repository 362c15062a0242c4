// Keeps what is known of the pods close to what is true, by a list and a watch that goes on where it ended. One loop for everybody
// in this process. What it shows is that of a moment ago; what must be true is asked for.
import { unavailable } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { isRefusal } from './failures.ts';
import { type KnownPods, knownPods, type Watcher } from './known-pods.ts';
import type { PodObject } from './objects.ts';
import { pause } from './pause.ts';
import { ofInstallation, type PodRequests, type PodsPlace, podsPath } from './pod-requests.ts';
import { type WatchEvent, watchPods } from './watch-stream.ts';

export interface PodView {
  /** Begins to look, once. */
  start(): void;
  pods(): PodObject[];
  /** Calls after each change. */
  onChange(call: () => void): void;
  /** What we changed ourselves is known before the watch tells it. */
  see(pod: PodObject): void;
  /** Rejects when the API server cannot be had, resolves when aborted. */
  watch(watcher: Watcher, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export interface ViewOptions extends PodsPlace {
  requests: PodRequests;
  clock: Clock;
  logger: Logger;
}

const firstPauseMs = 100;
const longestPauseMs = 2_000;
/** That a watch tells everything is not believed for longer. */
const relistEachMs = 300_000;

export function podView(options: ViewOptions): PodView {
  const known = knownPods();
  const listeners: (() => void)[] = [];
  const stopping = new AbortController();
  let looking: Promise<void> | null = null;
  const changed = (): void => {
    for (const call of listeners) call();
  };
  const start = (): void => {
    looking ??= look({ ...options, known, changed, signal: stopping.signal });
  };
  return {
    start,
    pods: known.pods,
    onChange: (call) => void listeners.push(call),
    see(pod) {
      known.see(pod);
      changed();
    },
    watch(watcher, signal) {
      start();
      return known.watch(watcher, signal);
    },
    async stop() {
      stopping.abort();
      known.cut(unavailable('kubernetes: this process stops'));
      await looking;
    },
  };
}

interface Looking extends ViewOptions {
  known: KnownPods;
  changed(): void;
  signal: AbortSignal;
}

async function look(looking: Looking): Promise<void> {
  const { clock, logger, known, signal } = looking;
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    try {
      await follow(looking, () => {
        pauseMs = firstPauseMs;
      });
    } catch (error) {
      if (signal.aborted) return;
      // What happened in between is not known any more, and the list that follows tells it.
      if (!isRefusal(error, 410)) {
        logger.warn({ error: String(error), pauseMs }, 'the cluster does not tell of its pods');
        known.cut(unavailable('kubernetes: the watch of the pods was cut', error));
      }
      await pause(clock, pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }
}

/** One list, and watches one after the other, each from where the last one ended. */
async function follow(looking: Looking, listed: () => void): Promise<void> {
  const { requests, known, changed, clock, namespace, installation, signal } = looking;
  const { metadata, items } = await requests.list({ fresh: true });
  known.replace(items ?? []);
  changed();
  listed();
  const began = clock.monotonic();
  let resourceVersion = metadata?.resourceVersion ?? '';
  const take = ({ type, object }: WatchEvent): void => {
    resourceVersion = object.metadata?.resourceVersion ?? resourceVersion;
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') known.forget(object);
    else known.see(object);
    changed();
  };
  while (!signal.aborted && clock.monotonic() - began < relistEachMs) {
    const watched = {
      path: podsPath(namespace),
      labelSelector: ofInstallation(installation),
      resourceVersion,
    };
    for await (const event of watchPods(looking, watched, signal)) take(event);
  }
}
