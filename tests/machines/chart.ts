// A machine's graph as plain data, readable in a diff: what each state does on entry, and what leads where.
import type { AnyStateMachine, AnyStateNode } from 'xstate';

interface Arrow {
  target: string | null;
  guard: string | null;
  actions: string[];
}

interface ChartState {
  type: string;
  entry: string[];
  on: Record<string, Arrow[]>;
}

export interface Chart {
  id: string;
  initial: string[];
  entry: string[];
  on: Record<string, Arrow[]>;
  states: Record<string, ChartState>;
}

export function chartOf(machine: AnyStateMachine): Chart {
  const { root } = machine;
  return {
    id: machine.id,
    initial: root.initial.target.map(({ key }: AnyStateNode) => key),
    entry: names(root.entry),
    on: arrows(root),
    states: Object.fromEntries(
      Object.entries(machine.states).map(([name, node]) => [
        name,
        { type: node.type, entry: names(node.entry), on: arrows(node) },
      ]),
    ),
  };
}

/** The types of every event that this state or its machine has an answer to. */
export function answered(machine: AnyStateMachine, state: string): string[] {
  const { on, states } = chartOf(machine);
  return [...new Set([...Object.keys(on), ...Object.keys(states[state]?.on ?? {})])].filter(
    (type) => type !== '',
  );
}

function arrows(node: AnyStateNode): Record<string, Arrow[]> {
  const byType: Record<string, Arrow[]> = {};
  for (const [type, transitions] of node.transitions) byType[type] = transitions.map(arrow);
  if (node.always !== undefined && node.always.length > 0) byType[''] = node.always.map(arrow);
  return byType;
}

function arrow({
  target,
  guard,
  actions,
}: AnyStateNode['always'] extends (infer Each)[] | undefined ? Each : never): Arrow {
  return {
    target: target?.[0]?.key ?? null,
    guard: guard === undefined ? null : nameOf(guard),
    actions: names(actions),
  };
}

const names = (actions: readonly unknown[]): string[] => actions.map(nameOf);

function nameOf(action: unknown): string {
  if (typeof action === 'string') return action;
  if (typeof action === 'object' && action !== null && 'type' in action) return String(action.type);
  return 'inline';
}
