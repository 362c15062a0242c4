// The parts of the system that a process can play; ROLES names them.

export const roleNames = [
  'api',
  'saga-orchestrator',
  'k8s-worker',
  'pod-monitor',
  'result-processor',
  'dlq-processor',
  'event-replay',
] as const;
export type RoleName = (typeof roleNames)[number];

/** How long is kept what nobody needs any more, in milliseconds. */
export interface Retention {
  /** Runs, counted from their end; null: until somebody deletes them. */
  runsMs: number | null;
  /** Events on the bus; those that an unfinished record may need are kept in any case. */
  eventsMs: number;
}

/** How a process plays its roles; the same values for every process of an installation. */
export interface RoleSettings {
  /** Name of this process, unique among the living and the dead. */
  process: string;
  serviceVersion: string;
  /** Runs that may hold a slot at the same time, in all and for one user. */
  concurrentMax: number;
  concurrentPerUserMax: number;
  /** How long a run may wait for admission while admission is open. */
  queueTimeoutMs: number;
  /** From which the nonce of each attempt is derived; the same in every process. */
  nonceSecret: string;
  retention: Retention;
  /** How long a drain waits for scripts that run in this process's own sandboxes. */
  drainMs: number;
}
