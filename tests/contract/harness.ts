// What every contract suite needs beside the port itself, so that an engine on virtual time can bring its own way to wait.
import type { Clock } from '#src/ports/clock.ts';

export type Settle = (condition: () => boolean | Promise<boolean>) => Promise<void>;

export interface Harness {
  /** How long to wait for a condition is the engine's business: real time here, virtual time in a simulation. */
  settle?: Settle;
  close(): Promise<void>;
}

export interface TimedHarness extends Harness {
  clock: Clock;
}

const patienceMs = 8_000;

/** Looks again and again, once for each turn of the event loop. */
export const settleOnLoop: Settle = async (condition) => {
  const start = performance.now();
  while (!(await condition())) {
    if (performance.now() - start > patienceMs) throw new Error('the awaited condition never came true');
    await new Promise((resume) => setImmediate(resume));
  }
};

/** Opens an engine, runs the body and closes the engine however the body ends. */
export const using =
  <Opened extends Harness>(factory: () => Promise<Opened>) =>
  (body: (opened: Opened & { settle: Settle }) => Promise<void>) =>
  async (): Promise<void> => {
    const opened = await factory();
    try {
      await body({ ...opened, settle: opened.settle ?? settleOnLoop });
    } finally {
      await opened.close();
    }
  };

/** What a suite is given to write its tests with. */
export type Using<Opened extends Harness> = ReturnType<typeof using<Opened>>;
