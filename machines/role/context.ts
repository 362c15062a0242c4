// What a role remembers of its children, and how failures are counted. Pure: every moment comes as an argument.

export const childStatuses = ['starting', 'ready', 'restarting', 'stopped'] as const;
export type ChildStatus = (typeof childStatuses)[number];

interface ChildState {
  status: ChildStatus;
  /** In all, since the role began. */
  restarts: number;
  /** When it got this status. */
  since: number;
  /** When it failed within the window; older failures are forgotten. */
  failures: number[];
}

export interface RoleInput {
  /** In the order of start. */
  names: readonly string[];
  /** A child that fails more often within `windowMs` fails its role. */
  restartMax: number;
  windowMs: number;
  /** Pause before the first restart; doubled with every failure in the window, up to `backoffMaxMs`. */
  backoffMs: number;
  backoffMaxMs: number;
  /** How long all children together may take to drain. */
  drainMs: number;
  /** The moment, by the host's clock. */
  now(): number;
}

export interface RoleContext {
  input: RoleInput;
  children: Record<string, ChildState>;
  /** The child that failed too often, and what it said last. */
  failed: { name: string; words: string } | null;
}

export type RoleEvent =
  | { type: 'CHILD_READY'; name: string }
  | { type: 'DRAIN' }
  /** From itself, when a pause is over. */
  | { type: 'RESTART_DUE'; name: string }
  | { type: `xstate.error.actor.${string}`; actorId: string; error: unknown }
  | { type: `xstate.done.actor.${string}`; actorId: string; output: unknown };

export const begin = (input: RoleInput): RoleContext => ({
  input,
  children: Object.fromEntries(input.names.map((name) => [name, starting(input.now())])),
  failed: null,
});

const starting = (since: number): ChildState => ({ status: 'starting', restarts: 0, since, failures: [] });

/** The child that ended, for its end events; null for all others. */
export function endedChild(event: RoleEvent): string | null {
  return 'actorId' in event ? event.actorId : null;
}

export function failureWords(event: RoleEvent): string {
  if (!('error' in event)) return 'it ended unasked';
  return event.error instanceof Error ? event.error.message : 'it failed without saying why';
}

export function withStatus(
  { children, input }: RoleContext,
  name: string,
  status: ChildStatus,
): RoleContext['children'] {
  const child = children[name];
  if (child === undefined) return children;
  return { ...children, [name]: { ...child, status, since: input.now() } };
}

/** The failures that still count, this one included. */
export function failuresNow({ children, input }: RoleContext, name: string): number[] {
  const now = input.now();
  const recent = (children[name]?.failures ?? []).filter((at) => now - at < input.windowMs);
  return [...recent, now];
}

export const backoffMs = ({ backoffMs: first, backoffMaxMs }: RoleInput, failures: number): number =>
  Math.min(first * 2 ** Math.max(0, failures - 1), backoffMaxMs);

/** Of those that still live, the last to have been started: it drains first. */
export const lastAlive = ({ input, children }: RoleContext): string | null =>
  input.names.findLast((name) => children[name]?.status !== 'stopped') ?? null;
