// Goes on with placements that this process made and did not finish: nobody else may, where pods live in processes.
import { keepLooking } from '../looking.ts';
import type { Child } from '../role.ts';
import { runInputOf } from '../run-inputs.ts';
import { settle } from './place.ts';
import type { Workshop } from './workshop.ts';

const lookEachMs = 1_000;
/** Younger ones are in the hands of their command. */
const unfinishedAfterMs = 5_000;

export function resuming(workshop: Workshop): Child {
  return {
    name: 'resume',
    async run({ signal, ready }) {
      ready();
      const look = async (): Promise<number> => {
        await resume(workshop, signal);
        return lookEachMs;
      };
      await keepLooking(workshop.ports, signal, { name: 'resume', look, patienceMs: lookEachMs });
    },
  };
}

async function resume(workshop: Workshop, signal: AbortSignal): Promise<void> {
  const { placements, ownership, clock, ports } = workshop;
  for await (const placement of placements.inState('placed')) {
    if (signal.aborted) return;
    if (placement.confirmed || placement.owner === null || ownership.isForeign(placement)) continue;
    if (clock.now() - placement.placedAt < unfinishedAfterMs) continue;
    const input = await runInputOf(ports.documents, placement.execution);
    if (input === null) continue;
    await settle(workshop, placement, { runtime: input.runtime, limits: input.limits });
  }
}
