// A next version of the execution machine, made up, so that two versions can be proved side by side before there are two. It
// changes whatever a version may change: the context remembers one thing more, an action counts it, and a state has another
// name.
import { Type } from '@sinclair/typebox';
import { assign, createMachine, type MachineConfig } from 'xstate';
import type { DurableMachine } from '#machines/durable.ts';
import { execution } from '#machines/execution/definition.ts';
import { executionMachine } from '#machines/execution/machine.ts';
import { type Machines, machinesOf, registry, type Versions } from '#machines/registry.ts';
import type { Snapshot } from '#src/domain/saga-record.ts';
import { integer } from '#src/domain/schema.ts';

const oldState = 'stopping';
const newState = 'halting';

/** The chart as plain data with the state's name exchanged, wherever it stands. */
function renamed(part: unknown): unknown {
  if (part === oldState) return newState;
  if (Array.isArray(part)) return part.map(renamed);
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name === oldState ? newState : name, renamed(value)]),
  );
}

const { context: begin, ...chart } = executionMachine.config;
// The library's types do not follow a chart that is made from another one.
const next = renamed(chart) as MachineConfig<object, { type: string }>;
const admitted = next.states?.queued?.on?.ADMITTED as unknown as { actions: string[] };
admitted.actions.push('countAdmission');

const nextMachine = createMachine(
  {
    ...next,
    context: (given) => ({ ...(begin as (given: unknown) => object)(given), admissions: 0 }),
  },
  {
    ...(executionMachine.implementations as object),
    actions: {
      ...(executionMachine.implementations.actions as object),
      countAdmission: assign(({ context }) => ({
        admissions: Number(Reflect.get(context, 'admissions')) + 1,
      })),
    },
  },
);

const older = (snapshot: Snapshot): Snapshot =>
  snapshot.value === newState ? { ...snapshot, value: oldState } : snapshot;

export const nextExecution: DurableMachine = {
  ...execution,
  version: execution.version + 1,
  machine: nextMachine,
  contextSchema: Type.Intersect([
    execution.contextSchema,
    Type.Object({ admissions: integer({ minimum: 0 }) }),
  ]),
  upcasters: {
    ...execution.upcasters,
    [execution.version]: ({ value, status, context }) => ({
      value: value === oldState ? newState : value,
      status,
      context: { ...context, admissions: Array.isArray(context.held) ? context.held.length : 0 },
    }),
  },
  ignored: Object.fromEntries(
    Object.entries(execution.ignored).map(([state, types]) => [state === oldState ? newState : state, types]),
  ),
  fields: (snapshot) => execution.fields(older(snapshot)),
  abandon(record, at, lostWords) {
    const { snapshot, effects } = execution.abandon(record, at, lostWords);
    const { admissions } = record.snapshot.context;
    const counted = typeof admissions === 'number' ? admissions : 0;
    return { snapshot: { ...snapshot, context: { ...snapshot.context, admissions: counted } }, effects };
  },
};

/** The release before: it knows the present version only. */
export const oldBinary: Machines = binaryWith({ current: execution, previous: null });
/** The release after: it knows both. */
export const newBinary: Machines = binaryWith({ current: nextExecution, previous: execution });

/** All other machines are the same in both. */
function binaryWith(versions: Versions): Machines {
  const others = registry.names.filter((name) => name !== execution.name);
  return machinesOf([versions, ...others.flatMap((name) => registry.versionsOf(name) ?? [])]);
}
