// What a role is to the supervisor: named children, each of which runs until it is told to stop.
import type { RoleName, RoleSettings } from '#src/domain/roles.ts';
import type { Ports } from '#src/ports/ports.ts';

export interface ChildContext {
  /** Aborted when the role drains: finish what is in flight, then resolve. */
  signal: AbortSignal;
  /** Called once it does its work; the role is ready when every child is. */
  ready(): void;
}

export interface Child {
  name: string;
  /** Rejects when it cannot go on: it is restarted with back-off, and failing again and again fails its role. */
  run(context: ChildContext): Promise<void>;
  /** Messages or turns in flight, for the heartbeat. */
  inFlight?(): number;
  /** Messages not yet taken, for the heartbeat. */
  lag?(): Promise<number>;
}

export interface Role {
  name: RoleName;
  /** In the order of start; drained in reverse. */
  children(ports: Ports, settings: RoleSettings): Child[];
}
