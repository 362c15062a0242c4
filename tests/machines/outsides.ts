// The outside world of every registered machine, by name.
import { accountRemovalOutside } from './account-removal-outside.ts';
import { deadLetterOutside } from './dead-letter-outside.ts';
import { executionOutside } from './execution-outside.ts';
import type { Outside } from './outside.ts';

/** Null for a machine that has none yet: the laws fail for it. */
export const outsideOf = (machine: string): Outside | null => outsides[machine] ?? null;

const outsides: Readonly<Record<string, Outside>> = {
  execution: executionOutside,
  'dead-letter': deadLetterOutside,
  'account-removal': accountRemovalOutside,
};
