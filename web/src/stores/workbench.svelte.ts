// What the editor page needs from the server before a person can begin: what may run here, within which limits, and
// scripts to begin with.
import { getExampleScripts, getK8sLimits } from '#web/lib/api/sdk.gen.ts';
import type { ResourceLimits } from '#web/lib/api/types.gen.ts';
import { outcomeOf, type Problem } from '#web/lib/errors.ts';

export type WorkbenchState =
  | { kind: 'loading' }
  | { kind: 'failed'; problem: Problem }
  | { kind: 'ready'; limits: ResourceLimits; examples: Readonly<Record<string, string>> };

export class Workbench {
  #state = $state.raw<WorkbenchState>({ kind: 'loading' });

  get state(): WorkbenchState {
    return this.#state;
  }

  async load(): Promise<void> {
    this.#state = { kind: 'loading' };
    const [limits, examples] = await Promise.all([outcomeOf(getK8sLimits()), outcomeOf(getExampleScripts())]);
    if (!limits.ok) this.#state = { kind: 'failed', problem: limits.problem };
    // Examples are a convenience: without them everything else works.
    else
      this.#state = {
        kind: 'ready',
        limits: limits.data,
        examples: examples.ok ? examples.data.scripts : {},
      };
  }
}
