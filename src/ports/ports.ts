// Everything that a process reaches outside itself, in one bundle. A process builds only what its roles need.
import type { Bus } from './bus.ts';
import type { Clock, Ids } from './clock.ts';
import type { Documents } from './documents.ts';
import type { HttpServer } from './http-server.ts';
import type { Leases } from './leases.ts';
import type { LiveFeed } from './live-feed.ts';
import type { Logger } from './logger.ts';
import type { OutputLog } from './output-log.ts';
import type { Pods } from './pods.ts';
import type { Records } from './records.ts';

export interface Ports {
  clock: Clock;
  ids: Ids;
  logger: Logger;
  records: Records;
  bus: Bus;
  documents: Documents;
  outputLog: OutputLog;
  liveFeed: LiveFeed;
  leases: Leases;
  /** For k8s-worker and pod-monitor. */
  pods: Pods | null;
  /** For the api role. */
  httpServer: HttpServer | null;
}
