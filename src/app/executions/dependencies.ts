// What use cases of executions need of everything else.
import type { Runtime } from '#src/domain/execution.ts';
import type { Ports } from '#src/ports/ports.ts';
import type { Sagas } from '#src/ports/sagas.ts';
import type { Admission } from '../admission.ts';
import type { Costly } from '../costly.ts';
import type { QuotaBook } from '../quotas.ts';
import type { SecurityLog } from '../security-log.ts';
import type { RunPolicy } from './policy.ts';
import type { QueuePlaces } from './queue-places.ts';
import type { Room } from './room.ts';

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
  quotas: QuotaBook;
  admission: Admission;
  /** For runs that wait, by user. */
  room: Room;
  /** Sums over a user's runs, which may be many. */
  measured: Costly<number>;
  securityLog: Pick<SecurityLog, 'quotaExceeded'>;
}
