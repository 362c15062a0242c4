// Keeps a few booted sandboxes in store, of the version that is asked for most and of each that was asked for since the
// start. A warm one serves one run and is never given back.
import type { Limits } from '#src/domain/execution.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';

import type { Interpreter } from './interpreters.ts';
import type { Put } from './placing.ts';
import type { Pod } from './pod.ts';
import type { PodList } from './pod-list.ts';

export interface WarmPool {
  /** Asks for what is missing, from the first call on; returns at once. */
  fill(): void;
  /** One was asked for: the next is booted at once when none is left, else when the run had its first moment. */
  taken(version: string): void;
  /** Was found, and has not failed to boot again and again. */
  works(version: string): boolean;
  stop(): void;
}

export interface WarmPoolOptions {
  put: Put;
  list: PodList;
  interpreters: readonly Interpreter[];
  limits: Limits;
  clock: Clock;
  logger: Logger;
  perRuntime: number;
  /** Kept in store before anybody asked for it. */
  firstVersion: string | undefined;
}

/** Booting is work for a whole processor: more at once would only make each one slower. */
const bootsAtOnce = 2;
/** An interpreter that cannot boot is not tried for ever. */
const failuresMax = 3;
/** A short run is over by then, and was not slowed down by the boot of its successor. */
const courtesyMs = 60;

export function warmPool(options: WarmPoolOptions): WarmPool {
  const { list, interpreters, limits, clock, logger, perRuntime, firstVersion } = options;
  const wanted = new Set<string>(firstVersion === undefined ? [] : [firstVersion]);
  const failures = new Map<string, number>();
  /** Asked for and not yet among the pods. */
  const asked = new Map<string, number>();
  let booting = 0;
  let stopped = false;

  const works = (version: string): boolean => (failures.get(version) ?? 0) < failuresMax;
  const idle = (version: string): number => list.idle(version).length;
  const missing = (): Interpreter | undefined =>
    interpreters.find(
      ({ version }) =>
        wanted.has(version) && works(version) && idle(version) + (asked.get(version) ?? 0) < perRuntime,
    );

  const fill = (): void => {
    while (!stopped && booting < bootsAtOnce) {
      const interpreter = missing();
      if (!interpreter) return;
      bootOne(interpreter).then(fill);
    }
  };

  const bootOne = async ({ version }: Interpreter): Promise<void> => {
    booting += 1;
    try {
      const pod = await ask(version);
      await pod.sandbox.ready;
      failures.delete(version);
    } catch (error) {
      failures.set(version, (failures.get(version) ?? 0) + 1);
      if (!stopped) logger.warn({ version, error: String(error) }, 'a warm sandbox could not be booted');
    } finally {
      booting -= 1;
    }
  };

  const ask = async (version: string): Promise<Pod> => {
    asked.set(version, (asked.get(version) ?? 0) + 1);
    try {
      return await options.put({ name: null, key: null, runtime: { language: 'python', version }, limits });
    } finally {
      asked.set(version, (asked.get(version) ?? 1) - 1);
    }
  };

  return {
    fill,
    taken(version) {
      wanted.add(version);
      if (idle(version) === 0) fill();
      else clock.after(courtesyMs, fill);
    },
    works,
    stop() {
      stopped = true;
    },
  };
}
