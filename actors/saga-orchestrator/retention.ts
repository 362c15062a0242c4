// Takes away what nobody needs any more: events that every group has acknowledged, placements of runs that are not there any
// more and, where the operator wants it, runs that ended long ago. At long intervals, in small pieces; whatever is cut off
// half-way is done by the next look, and two who look at once take away the same.
import { keepLooking } from '#actors/looking.ts';
import type { Placement } from '#actors/placements.ts';
import { placementsSpec } from '#actors/placements.ts';
import type { Child } from '#actors/role.ts';
import { machineNames } from '#machines/registry.ts';
import { attemptKey } from '#src/domain/ids.ts';
import type { RoleSettings } from '#src/domain/roles.ts';
import { everyPage } from '#src/ports/paging.ts';
import type { Ports } from '#src/ports/ports.ts';
import type { Sagas } from '#src/ports/sagas.ts';
import { endedRecords } from './ended-records.ts';
import { withoutRecord } from './recordless.ts';
import { strayInputs } from './stray-inputs.ts';
import { createTenure } from './tenure.ts';

const hourMs = 3_600_000;
const firstLookMs = 60_000;
/** A message that was being handled when its run was deleted has long been handled then. */
const placementsKeptMs = 24 * hourMs;
const pageRows = 200;

export function retention(ports: Ports, settings: RoleSettings, sagas: Pick<Sagas, 'delete'>): Child {
  const { eventsMs, runsMs } = settings.retention;
  const tenure = createTenure(ports, 'retention', settings.process);
  const placements = ports.documents.collection<Placement>(placementsSpec);
  // What is kept for a day need not be looked for each hour, nor what is kept for a minute only then.
  const lookEveryMs = Math.max(1_000, Math.min(hourMs, Math.min(eventsMs, runsMs ?? eventsMs) / 24));
  const forgetStrayInputs = strayInputs(ports);
  const holds = async (): Promise<boolean> => (await tenure.hold()) !== null;
  const ended = endedRecords(ports.records, sagas, holds);
  let isFirst = true;

  async function look(): Promise<number> {
    if (isFirst) {
      isFirst = false;
      return Math.min(firstLookMs, lookEveryMs);
    }
    if (!(await holds())) return lookEveryMs;
    const now = ports.clock.now();
    const runs = runsMs === null ? 0 : await ended.forgetRuns(now - runsMs);
    const letters = await ended.forgetLetters(now - eventsMs);
    const events = await ports.bus.prune(await eventsBefore(ports, eventsMs));
    const gone = await forgetPlacements();
    const inputs = await forgetStrayInputs();
    const counts = { runs, letters, events, placements: gone, inputs };
    if (Object.values(counts).some((count) => count > 0)) ports.logger.info(counts, 'retention');
    return lookEveryMs;
  }

  /**
   * A gone placement keeps its attempt from ever getting another pod, so it stays as long as the run is there. Without the
   * run no command makes a pod: what it was asked to be went with it.
   */
  async function forgetPlacements(): Promise<number> {
    const where = { state: 'gone', deletedAt: { lt: ports.clock.now() - placementsKeptMs } };
    let forgotten = 0;
    for await (const rows of everyPage(placements.find, { where, limit: pageRows })) {
      const placed = rows.map(({ body }) => body);
      const ofNobody = new Set(
        await withoutRecord(
          ports.records,
          placed.map(({ execution }) => execution),
        ),
      );
      for (const { execution, attempt } of placed.filter((one) => ofNobody.has(one.execution))) {
        const key = attemptKey(execution, attempt);
        if (await placements.remove(key, { where: { state: 'gone' } })) forgotten += 1;
      }
    }
    return forgotten;
  }

  return {
    name: 'retention',
    async run({ signal, ready }) {
      ready();
      await keepLooking(ports, signal, { name: 'retention', look, patienceMs: lookEveryMs });
      await tenure.release();
    },
  };
}

/** Until when events may go: nothing that is unfinished may miss one, however old it is. */
export async function eventsBefore(
  { clock, records }: Pick<Ports, 'clock' | 'records'>,
  eventsMs: number,
): Promise<number> {
  let before = clock.now() - eventsMs;
  for (const machine of machineNames) {
    const { rows } = await records.find(machine, {
      // All that is unfinished has a deadline, and few records have one.
      where: { final: false, nextDeadline: { exists: true } },
      sort: { field: 'createdAt', direction: 'ascending' },
      limit: 1,
    });
    for (const { createdAt } of rows) before = Math.min(before, createdAt);
  }
  return before;
}
