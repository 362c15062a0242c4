// People who go on submitting, typing, cancelling and retrying at whichever interface answers, until they are told to stop.
import { chanceOf } from '#tests/soak/samples.ts';
import { type Notes, visit } from '#tests/soak/visitor.ts';
import { until } from '#tests/support/until.ts';
import type { FleetClient } from './fleet-client.ts';

export interface SteadyVisits {
  notes: Notes;
  /** Resolves once so many more runs have been accepted. */
  more(runs: number): Promise<void>;
  stop(): Promise<void>;
}

const visitors = 3;
const acceptedWithinMs = 120_000;

/** @param word begins the name of every run */
export function steadyVisits(installation: FleetClient, word: string): SteadyVisits {
  const notes: Notes = { accepted: new Map(), perhaps: new Map(), repeated: 0, problems: [] };
  let over = false;
  const visits = Array.from({ length: visitors }, (_, number) =>
    visit({
      server: installation,
      notes,
      chance: chanceOf(number + 1),
      name: `${word}-${number}`,
      mark: word,
      goesOn: () => !over,
    }),
  );
  return {
    notes,
    more: (runs) => {
      const wanted = notes.accepted.size + runs;
      return until(() => notes.accepted.size >= wanted, acceptedWithinMs);
    },
    async stop() {
      over = true;
      await Promise.all(visits);
    },
  };
}
