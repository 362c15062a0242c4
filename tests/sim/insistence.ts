// Somebody who wants something done asks some process, and asks again after a failure or a silence, until it is answered.
import type { Host, Installation } from './installation.ts';
import type { Random } from './random.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface Insistence {
  insist(what: string, ask: (host: Host) => Promise<void>, then?: () => void): void;
  /** How many still wait for an answer. */
  waiting(): number;
}

export interface InsistenceWorld {
  time: VirtualTime;
  trace: Trace;
  installation: Installation;
}

const SILENCE_MS = 9_000;

export function createInsistence(world: InsistenceWorld, random: Random, who: string): Insistence {
  const { time, trace, installation } = world;
  let waiting = 0;
  return {
    insist(what, ask, then = () => undefined) {
      waiting++;
      let answered = false;
      const once = (): void => {
        if (answered) return;
        const host = installation.some('api', random);
        const again = time.after(host === null ? 700 : SILENCE_MS, once);
        if (host === null) return;
        ask(host).then(
          () => {
            if (answered) return;
            answered = true;
            again();
            waiting--;
            trace.tell(who, `${what}: answered by ${host.process.name}`);
            then();
          },
          () => {
            again();
            if (!answered) time.after(random.between(200, 1_500), once);
          },
        );
      };
      once();
    },
    waiting: () => waiting,
  };
}
