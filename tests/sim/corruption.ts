// Somebody spoils a record in the store, once a script runs, so that no machine understands it; and an administrator may
// release it from its quarantine, after mending it or in vain.
import { createInsistence } from './insistence.ts';
import type { Installation } from './installation.ts';
import { executionContextOf } from './run-view.ts';
import type { World } from './world/world.ts';

/** `mended`: the record is what it was before it is released. `in vain`: it is released again and again, and stays spoilt. */
export type Release = 'mended' | 'in vain';

const LOOK_EACH_MS = 500;
const RELEASES_IN_VAIN = 2;
/** Well within the hour after which it would be given up. */
export const RELEASE_EACH_MS = 600_000;

export function corruptOne(world: World, installation: Installation, release: Release | null): void {
  const { time, trace, records } = world;
  const { insist } = createInsistence(
    { time, trace, installation },
    world.random.split('release'),
    'administrator',
  );
  const record = (id: string) => records.all().find((each) => each.machine === 'execution' && each.id === id);

  function corrupt(): void {
    const victim = records.all().find(({ state }) => state === 'running' || state === 'starting');
    if (victim === undefined) {
      time.after(LOOK_EACH_MS, corrupt);
      return;
    }
    const { id } = victim;
    trace.count('fault: record corrupted');
    trace.tell('world', `corrupts the record of ${id}`);
    const mend = records.corrupt(victim);
    follow(id);
    if (release !== null) releaseLater(id, mend, release === 'mended' ? 1 : RELEASES_IN_VAIN);
  }

  function releaseLater(id: string, mend: () => void, times: number): void {
    if (times === 0 || record(id)?.final === true) return;
    if ((record(id)?.quarantine ?? null) === null) {
      time.after(LOOK_EACH_MS, () => releaseLater(id, mend, times));
      return;
    }
    if (release === 'mended') mend();
    const why = { by: 'admin', reason: String(release) };
    insist(`release ${id}`, async ({ sagas }) => {
      const { kind } = await sagas.release('execution', id, why);
      if (kind === 'committed') trace.count(`released ${release}`);
    });
    time.after(RELEASE_EACH_MS, () => releaseLater(id, mend, times - 1));
  }

  /** Whether it came to its own end. */
  function follow(id: string): void {
    const found = record(id);
    if (found === undefined) return;
    if (!found.final) time.after(LOOK_EACH_MS, () => follow(id));
    else if (executionContextOf(found).evidence.quarantined === undefined)
      trace.count('spoilt record went on');
    else trace.count('spoilt record given up');
  }

  corrupt();
}
