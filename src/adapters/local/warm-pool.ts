// Keeps a few booted sandboxes of each runtime in store. A warm one serves one run and is never given back.
import type { Limits, Runtime } from '#src/domain/execution.ts';
import type { Logger } from '#src/ports/logger.ts';

import type { Interpreter } from './interpreters.ts';
import type { Pod } from './pod.ts';
import type { Shelf } from './shelf.ts';

export interface WarmPool {
  /** Asks for what is missing; returns at once. */
  fill(): void;
  stop(): void;
}

export interface WarmPoolOptions {
  places: Shelf;
  interpreters: readonly Interpreter[];
  limits: Limits;
  logger: Logger;
  perRuntime: number;
}

/** Booting is work for a whole processor: more at once would only make each one slower. */
const bootsAtOnce = 2;
/** An interpreter that cannot boot is not tried for ever. */
const failuresMax = 3;

export function warmPool({ places, interpreters, limits, logger, perRuntime }: WarmPoolOptions): WarmPool {
  const failures = new Map<string, number>();
  let booting = 0;
  let stopped = false;

  const missing = (): Interpreter | undefined =>
    // The newest versions are asked for most; they are filled first.
    interpreters.findLast(
      ({ version }) =>
        (failures.get(version) ?? 0) < failuresMax &&
        places.idle({ language: 'python', version }).length < perRuntime,
    );

  const fill = (): void => {
    while (!stopped && booting < bootsAtOnce) {
      const interpreter = missing();
      if (!interpreter) return;
      booting += 1;
      bootOne(interpreter).finally(() => {
        booting -= 1;
        fill();
      });
    }
  };

  const bootOne = async ({ version }: Interpreter): Promise<void> => {
    const runtime: Runtime = { language: 'python', version };
    try {
      const pod: Pod = await places.put({ name: null, key: null, runtime, limits });
      await pod.sandbox.ready;
      failures.delete(version);
    } catch (error) {
      failures.set(version, (failures.get(version) ?? 0) + 1);
      if (!stopped) logger.warn({ version, error: String(error) }, 'a warm sandbox could not be booted');
    }
  };

  return {
    fill,
    stop() {
      stopped = true;
    },
  };
}
