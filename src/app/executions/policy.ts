// What the system grants one run and one user, and what executions need of everything else.
import type { Limits, Runtime } from '#src/domain/execution.ts';
import type { Ports } from '#src/ports/ports.ts';
import type { Sagas } from '#src/ports/sagas.ts';
import type { SecurityLog } from '../security-log.ts';
import type { QueuePlaces } from './queue-places.ts';

export interface RunPolicy {
  /** The most that a run may ask for, and what it gets where it asks for nothing; but see `cpuDefaultMillis`. */
  limits: Limits;
  /** What a run gets that asks for no processor. */
  cpuDefaultMillis: number;
  queuedPerUserMax: number;
  /** Runs at the same time, in all and for one user. */
  concurrentMax: number;
  concurrentPerUserMax: number;
}

export interface ExecutionPorts
  extends Pick<Ports, 'clock' | 'ids' | 'records' | 'documents' | 'outputLog' | 'liveFeed'> {
  sagas: Sagas;
}

export interface ExecutionDeps {
  ports: ExecutionPorts;
  /** As it is now: settings change while we run. */
  policy(): RunPolicy;
  /** What this installation really offers, whichever process serves it. */
  runtimes(): Promise<readonly Runtime[]>;
  queuePlaces: QueuePlaces;
  securityLog: Pick<SecurityLog, 'quotaExceeded'>;
}
