// One mutant for each effect that a durable machine may emit: it is never emitted. None may survive, informing events included.
import { machineNamed, machineNames } from '#machines/registry.ts';
import type { Mutant } from './mutant.ts';

const effectsOf = (machine: string): string[] => [
  ...Object.keys(machineNamed(machine)?.effects ?? {}),
  'armTimer',
];

export const effectMutants: readonly Mutant[] = machineNames.flatMap((machine) =>
  effectsOf(machine).map((type) => ({
    name: `no ${type} of ${machine}`,
    breaks: `The machine ${machine} emits ${type} where its path demands it.`,
    file: `machines/${machine}/actions.ts`,
    find: 'effects(what(',
    replace: `((asked) => effects(asked.filter((effect) => effect.type !== '${type}')))(what(`,
  })),
);
