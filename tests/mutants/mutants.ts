// All mutants by hand, those that are cheap to find first.
import { kernelMutants } from './kernel-mutants.ts';
import { letterMutants } from './letter-mutants.ts';
import { machineMutants } from './machine-mutants.ts';
import type { Mutant } from './mutant.ts';
import { podMutants } from './pod-mutants.ts';
import { queueMutants } from './queue-mutants.ts';
import { removalMutants } from './removal-mutants.ts';
import { versionMutants } from './version-mutants.ts';

export const mutants: readonly Mutant[] = [
  ...machineMutants,
  ...kernelMutants,
  ...podMutants,
  ...letterMutants,
  ...removalMutants,
  ...queueMutants,
  ...versionMutants,
].sort((left, right) => cost(left) - cost(right));

/** One that is excused is likely to be played to the end. */
function cost({ excuse }: Mutant): number {
  if (excuse === undefined) return 0;
  return excuse.kind === 'covered' ? 1 : 2;
}
