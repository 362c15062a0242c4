// The user's latest runs, newest first.
import { deleteExecutionsById, getUserExecutions } from '#web/lib/api/sdk.gen.ts';
import type { ExecutionListResponse } from '#web/lib/api/types.gen.ts';
import { outcomeOf, type Problem } from '#web/lib/errors.ts';

export type RecentRun = ExecutionListResponse['executions'][number];

const shownMax = 20;

export class RecentRuns {
  #runs = $state.raw<readonly RecentRun[] | null>(null);
  #problem = $state.raw<Problem | null>(null);

  /** Null until they were loaded once. */
  get runs(): readonly RecentRun[] | null {
    return this.#runs;
  }

  get problem(): Problem | null {
    return this.#problem;
  }

  async load(): Promise<void> {
    const outcome = await outcomeOf(getUserExecutions({ query: { limit: shownMax } }));
    this.#problem = outcome.ok ? null : outcome.problem;
    if (outcome.ok) this.#runs = outcome.data.executions;
  }

  /** True when it is gone. */
  async remove(id: string): Promise<boolean> {
    const outcome = await outcomeOf(deleteExecutionsById({ path: { execution_id: id } }));
    const gone = outcome.ok || outcome.problem.kind === 'missing';
    this.#problem = gone || outcome.ok ? null : outcome.problem;
    if (gone) this.#runs = this.#runs?.filter((run) => run.execution_id !== id) ?? null;
    return gone;
  }
}
