// What enough seeds must have met at least once. A simulation that no longer reaches a state or a fault proves nothing
// about it; this list makes that a failure. States, turns and effects come from the charts of all registered machines;
// what is not met is on a written list, and is not to be met.
import type { AnyStateMachine } from 'xstate';
import type { DurableMachine } from '#machines/durable.ts';
import { machineNamed, machineNames } from '#machines/registry.ts';
import { exitCauses, reasons } from '#src/domain/execution.ts';
import { chartOf } from '#tests/machines/chart.ts';
import { faults, others } from './coverage-faults.ts';
import { unmet } from './coverage-unmet.ts';

export type Counts = Readonly<Record<string, number>>;

/** Fewer seeds than this need not have met everything. */
export const coverageFrom = 200;
/** From so many seeds on, also what is rare must have been met. */
export const rareFrom = 5_000;

const machines: readonly DurableMachine[] = machineNames.flatMap((name) => machineNamed(name) ?? []);

/** Every change of state that the chart allows, guards aside: `from EVENT to`. */
export function turnsOf(machine: AnyStateMachine): string[] {
  const { on: everywhere, states } = chartOf(machine);
  const beyond = (state: string): string[] => [
    state,
    ...(states[state]?.on[''] ?? []).flatMap(({ target }) => target ?? []),
  ];
  const turns = Object.entries(states)
    .filter(([, { type }]) => type !== 'final')
    .flatMap(([from, { on }]) =>
      [...Object.entries(on), ...Object.entries(everywhere)]
        .filter(([event]) => event !== '')
        .flatMap(([event, arrows]) =>
          arrows.flatMap(({ target }) => beyond(target ?? from).map((to) => `${from} ${event} ${to}`)),
        ),
    );
  return [...new Set(turns)];
}

const ofMachine = ({ name, machine, effects }: DurableMachine): string[] => [
  ...Object.keys(machine.states).map((state) => `state: ${name} ${state}`),
  ...turnsOf(machine).map((turn) => `turn: ${name} ${turn}`),
  ...Object.keys(effects).map((effect) => `effect: ${name} ${effect}`),
];

/** All that there is to be met. */
export const mayOccur: readonly string[] = [
  ...machines.flatMap(ofMachine),
  ...reasons.map((reason) => `end: ${reason}`),
  ...exitCauses.map((cause) => `exit: ${cause}`),
  ...faults.map((fault) => `fault: ${fault}`),
  ...others,
];

/** What was not met and should have been, by so many seeds. */
export function missing(counts: Counts, seeds: number = coverageFrom): string[] {
  if (seeds < coverageFrom) return [];
  return mayOccur.filter((what) => (counts[what] ?? 0) === 0 && isDue(what, seeds));
}

const isDue = (what: string, seeds: number): boolean => {
  const known = unmet[what];
  return known === undefined || ('rare' in known && seeds >= rareFrom);
};

/** What was met although it is said never to be, or although no chart knows it. */
export function unexpected(counts: Counts): string[] {
  const all = new Set(mayOccur);
  const charted = Object.keys(counts).filter((what) => isCharted(what));
  return charted.filter((what) => !all.has(what) || 'never' in (unmet[what] ?? {}));
}

/** What the kernel itself does to a record, as giving up one that nobody understands, is no turn of a chart. */
function isCharted(what: string): boolean {
  const [kind, name = '', , event = ''] = what.split(' ');
  if (kind === 'turn:') return machineNamed(name)?.events[event] !== undefined;
  return kind === 'end:' || kind === 'exit:' || kind === 'state:';
}

/** Entries of the written list that name nothing any more. */
export const stale = (): string[] => Object.keys(unmet).filter((what) => !mayOccur.includes(what));
