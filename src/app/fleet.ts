// The processes of an installation as the interface needs them: what they say of themselves in their heartbeats.
import { unavailable } from '#src/domain/errors.ts';
import type { Runtime } from '#src/domain/execution.ts';
import { type ProcessReport, processesCollection, runtimesOfAll, silentMs } from '#src/domain/fleet.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Documents } from '#src/ports/documents.ts';
import { everyRow } from '#src/ports/paging.ts';
import { shortLived } from './short-lived.ts';

export interface Fleet {
  /**
   * What can run wherever a run is placed. While no process that runs scripts is alive, what was offered last: runs are
   * accepted and wait. @throws unavailable as long as there never was one
   */
  runtimes(): Promise<readonly Runtime[]>;
}

export function createFleet({ clock, documents }: { clock: Clock; documents: Documents }): Fleet {
  const processes = documents.collection<ProcessReport>(processesCollection);
  const looks = shortLived<readonly Runtime[]>(clock);
  let last: readonly Runtime[] = [];

  async function look(): Promise<readonly Runtime[]> {
    const all: ProcessReport[] = [];
    for await (const { body } of everyRow(processes.find, { limit: 200 })) all.push(body);
    const living = all.filter(({ at }) => at > clock.now() - silentMs);
    // The dead stay in the collection for some minutes.
    const offered = [runtimesOfAll(living), last, runtimesOfAll(all)].find(({ length }) => length > 0);
    if (offered === undefined) throw unavailable('a process that runs scripts');
    last = offered;
    return offered;
  }

  return { runtimes: async () => looks.get('runtimes', look) };
}
