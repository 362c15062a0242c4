// The only door to a durable machine: everybody else knows it by name.
import type { DurableMachine } from './durable.ts';
import { execution } from './execution/definition.ts';

const machines: readonly DurableMachine[] = [execution];

export const machineNames: readonly string[] = machines.map(({ name }) => name);

/** Null for a name that this binary does not know. */
export const machineNamed = (name: string): DurableMachine | null => byName.get(name) ?? null;

const byName = new Map(machines.map((machine) => [machine.name, machine]));
