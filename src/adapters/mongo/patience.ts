// Calls that are repeated until the server answers, for what may take its time: a start, and a migration.
import { setTimeout } from 'node:timers/promises';
import { isUnavailable } from '#src/domain/errors.ts';

const pauseMs = 100;

/** The work may be done more than once. @throws the last failure once the time is over, any other at once */
export async function insisting<Answer>(withinMs: number, work: () => Promise<Answer>): Promise<Answer> {
  const end = performance.now() + withinMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > end) throw error;
    }
    await setTimeout(pauseMs);
  }
}
