// The database as it is, read beside whoever writes it, and whether the clock can go with it.
import { databasePath } from '#src/adapters/embedded/engines.ts';
import { type Inspection, inspectDatabase } from '#src/adapters/embedded/inspection.ts';
import { foundAt } from '#src/disk.ts';
import { isDomainError } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import { type Check, failed, well, wrong } from './check.ts';

export interface StoreLook {
  check: Check;
  /** Null where there is no database, or none that can be read. */
  inspection: Inspection | null;
}

export async function lookAtStore(dataDir: string): Promise<StoreLook> {
  const name = 'database';
  const path = databasePath(dataDir);
  try {
    if ((await foundAt(path)) === null) {
      return { check: well(name, 'not there yet; the first start makes it'), inspection: null };
    }
    const inspection = await inspectDatabase(path);
    const count = inspection.records.reduce((sum, held) => sum + held.count, 0);
    return { check: well(name, `whole, schema step ${inspection.step}, ${count} records`), inspection };
  } catch (error) {
    const check = failed(name, error);
    const isBad = isDomainError(error) && error.kind === 'invalid_state';
    const advice = ': greenroom restore --force exchanges it for a backup';
    return { check: isBad ? wrong(name, check.words + advice) : check, inspection: null };
  }
}

/** Released in this year: a clock before it was never set. */
const yearMin = 2025;
const behindMsMax = 60_000;

export function checkClock(clock: Clock, newestAt: number | null): Check {
  const name = 'clock';
  const now = clock.now();
  if (new Date(now).getUTCFullYear() < yearMin) {
    return wrong(name, `it says ${new Date(now).toISOString()}: set it (NTP)`);
  }
  if (newestAt !== null && newestAt - now > behindMsMax) {
    const seconds = Math.round((newestAt - now) / 1_000);
    return wrong(name, `it is ${seconds} s behind the newest turn of the store: set it (NTP)`);
  }
  return well(name, new Date(now).toISOString());
}
