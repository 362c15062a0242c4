// The steps of a run as a saga: a view of the context, for events and pages. Nothing is decided by it.
import type { ExecutionContext } from './context.ts';

const executionSteps = [
  'validate_execution',
  'allocate_resources',
  'create_pod',
  'monitor_execution',
  'store_result',
] as const;
export const compensations = ['delete_pod', 'release_resources'] as const;

type ExecutionStep = (typeof executionSteps)[number];
type Compensation = (typeof compensations)[number];

export interface Steps {
  completed: ExecutionStep[];
  compensated: Compensation[];
  /** What the run is at now; null once nothing is left to do. */
  current: ExecutionStep | Compensation | null;
}

export function steps(value: string, context: ExecutionContext): Steps {
  const completed = completedSteps(context);
  return {
    completed,
    compensated: wasAdmitted(context) && isOver(value) && context.held.length === 0 ? [...compensations] : [],
    current: currentStep(value, context, completed),
  };
}

export function completedSteps(context: ExecutionContext): ExecutionStep[] {
  const { evidence } = context;
  const done: Record<ExecutionStep, boolean> = {
    validate_execution: true,
    allocate_resources: context.admittedAt !== null,
    create_pod: context.podName !== null || evidence.exit !== undefined,
    monitor_execution: evidence.exit !== undefined,
    store_result: context.result !== null && evidence.storage === undefined,
  };
  return executionSteps.filter((step) => done[step]);
}

/** Whether any attempt ever had a slot to give back. */
const wasAdmitted = (context: ExecutionContext): boolean =>
  context.admittedAt !== null || context.attempts.length > 0;

const isOver = (value: string): boolean =>
  !['queued', 'starting', 'running', 'stopping', 'collecting'].includes(value);

function currentStep(
  value: string,
  context: ExecutionContext,
  completed: readonly ExecutionStep[],
): Steps['current'] {
  if (value === 'stopping') return 'delete_pod';
  if (value === 'collecting') return 'store_result';
  if (isOver(value)) return context.held.length === 0 ? null : 'delete_pod';
  return executionSteps.find((step) => !completed.includes(step)) ?? null;
}
