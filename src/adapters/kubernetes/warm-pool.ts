// Keeps booted pods in store at the default limits: of the first version from the start, of every other once it was asked for. Of each
// kind one process does it at a time, by a lease; two would make a few too many, which the next look takes away again.
import { labels } from './names.ts';
import { pause } from './pause.ts';
import { templateOf } from './pod-manifest.ts';
import type { RuntimeImage } from './runtime-images.ts';
import { strayPods } from './stray-pods.ts';
import { fill, type KeepingOptions, leaseOf, newKind, type PoolKind } from './warm-kind.ts';

export interface WarmPoolOptions extends KeepingOptions {
  images: readonly RuntimeImage[];
  /** The version that is kept warm before anybody asked; the newest where there is no image for it. */
  firstVersion: string;
}

export interface WarmPool {
  start(): void;
  stop(): Promise<void>;
}

const lookEachMs = 2_000;
/** Changes come in swarms, and a short run is over by then: it was not slowed down by the start of the next pod. */
const gatherMs = 50;
const tidyEachMs = 30_000;

export function warmPool(options: WarmPoolOptions): WarmPool {
  const stopping = new AbortController();
  let working: Promise<void> | null = null;
  return {
    start() {
      options.view.start();
      working ??= keep(options, stopping.signal);
    },
    async stop() {
      stopping.abort();
      await working;
    },
  };
}

async function keep(options: WarmPoolOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger, leases, template, images, limits } = options;
  const first = images.find(({ runtime }) => runtime.version === options.firstVersion) ?? images.at(-1);
  const kinds = images.map((image) =>
    newKind(image, templateOf(template, { image: image.image, limits }), image === first),
  );
  const bell = bellOf(options, signal);
  let tidiedAt = clock.monotonic();
  while (!signal.aborted) {
    try {
      for (const kind of kinds) await fill(options, kind);
      if (clock.monotonic() - tidiedAt > tidyEachMs) {
        tidiedAt = clock.monotonic();
        await tidy(options, kinds);
      }
    } catch (error) {
      logger.warn({ error: String(error) }, 'warm pods wait for a dependency');
    }
    await bell.next();
  }
  await Promise.allSettled(
    kinds.map((kind) => leases.release(leaseOf(options, kind.template), options.process)),
  );
}

/** Rings at each change of the pods, also while nobody waits, and by itself. */
function bellOf({ view, clock }: WarmPoolOptions, signal: AbortSignal): { next(): Promise<void> } {
  let rung = new AbortController();
  const ring = (): void => rung.abort();
  view.onChange(ring);
  signal.addEventListener('abort', ring, { once: true });
  return {
    async next() {
      await pause(clock, lookEachMs, rung.signal);
      await pause(clock, gatherMs, signal);
      rung = new AbortController();
    },
  };
}

/** Pods of ours that no process will use or end: warm ones of an older make, and forgotten looks. */
async function tidy(options: WarmPoolOptions, kinds: readonly PoolKind[]): Promise<void> {
  const { view, requests, leases, clock, logger } = options;
  const ours = new Set(kinds.map(({ template }) => template));
  for (const { metadata } of strayPods(view.pods(), ours, clock.now())) {
    const { name = '', uid = '', resourceVersion = '' } = metadata ?? {};
    const made = metadata?.labels?.[labels.template] ?? '';
    if (!ours.has(made) && (await leases.current(leaseOf(options, made))) !== null) continue;
    logger.info({ pod: name }, 'a pod that nobody keeps is deleted');
    await requests.delete({ name, uid, resourceVersion }, 1);
  }
}
