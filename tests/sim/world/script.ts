// What a simulated script does. The text of the script is its plan, so that only a job which really arrived can be run.
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { ExitCause } from '#src/domain/execution.ts';
import { oneOf } from '#src/domain/schema.ts';

export const scriptEnds = [
  /** By itself, with exit code 0 or another. */
  'exits',
  'fails',
  'signaled',
  'cpu_limit',
  'out_of_memory',
  'output_limit',
  'disk_full',
  /** Never by itself: the supervisor's wall clock ends it. */
  'loops',
  /** The supervisor itself is stuck and says nothing any more. */
  'hangs',
  /** The whole pod is killed at once: no exit frame. */
  'no frame',
  /** When its input has ended. */
  'reads',
] as const;
export type ScriptEnd = (typeof scriptEnds)[number];

const planSchema = Type.Object({
  lines: Type.Number(),
  gapMs: Type.Number(),
  end: oneOf(scriptEnds),
  /** How long it goes on after SIGTERM; more than any grace for one that does not listen. */
  lingersMs: Type.Number(),
  artifact: Type.Boolean(),
});
export type ScriptPlan = Static<typeof planSchema>;

export const scriptOf = (plan: ScriptPlan): string => JSON.stringify(plan);

export function planOf(script: string): ScriptPlan {
  const plan: unknown = JSON.parse(script);
  if (!Value.Check(planSchema, plan)) throw new TypeError('the script that arrived is not one of ours');
  return plan;
}

/** How the supervisor names an end that comes from the script. */
export const causes: Partial<
  Record<ScriptEnd, { cause: ExitCause; exitCode: number | null; signal: number | null }>
> = {
  exits: { cause: 'exited', exitCode: 0, signal: null },
  fails: { cause: 'exited', exitCode: 3, signal: null },
  signaled: { cause: 'signaled', exitCode: null, signal: 11 },
  cpu_limit: { cause: 'cpu_limit', exitCode: null, signal: 24 },
  out_of_memory: { cause: 'out_of_memory', exitCode: null, signal: 9 },
  output_limit: { cause: 'output_limit', exitCode: null, signal: 9 },
  disk_full: { cause: 'disk_full', exitCode: 1, signal: null },
};
