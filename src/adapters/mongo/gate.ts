// The only way to the server. Each call has one deadline of ours, because the driver's own do not hold in every state of a
// connection; and a client that has fallen silent is replaced, so that what it is stuck in stays behind.
import { type Db, MongoClient, type MongoClientOptions, MongoServerError } from 'mongodb';
import { endWritesOfClosedConnections } from './closed-connection.ts';
import { domainErrorOf, isSpent, noAnswer } from './failures.ts';

export interface GateOptions {
  /** A connection string with its credentials and TLS. @throws the driver's error if it is none */
  uri: string;
  database: string;
  /** Default 2,500 ms for each call. */
  deadlineMs?: number;
  /** Calls that wait for an answer; one more is refused at once. Default 1,000. */
  waitingMax?: number;
}

export interface MongoGate {
  /**
   * Collections and cursors are used inside the call only: later there may be another client.
   * @throws DomainError `unavailable` when the outcome is not known: the work may have been done, or be done yet
   */
  call<T>(work: (db: Db) => Promise<T>, deadlineMs?: number): Promise<T>;
  /** Who is connected to, without credentials. */
  hosts(): string;
  close(): Promise<void>;
}

/** A client, and the calls that wait on it: it is closed once it is retired and the last of them is over. */
interface Link {
  client: MongoClient;
  calls: number;
  answeredAt: number;
  retired: boolean;
}

export function mongoGate({ uri, database, deadlineMs = 2_500, waitingMax = 1_000 }: GateOptions): MongoGate {
  endWritesOfClosedConnections();
  const open = (): Link => ({
    client: new MongoClient(uri, clientOptions),
    calls: 0,
    answeredAt: 0,
    retired: false,
  });
  let current = open();
  let waiting = 0;
  let closed = false;
  const leaving = new Set<Promise<void>>();

  function giveUp(link: Link): void {
    if (link.retired || closed) return;
    link.retired = true;
    current = open();
  }

  function letGo(link: Link): void {
    link.calls -= 1;
    if (!link.retired || link.calls > 0) return;
    const gone = closeClient(link.client).finally(() => leaving.delete(gone));
    leaving.add(gone);
  }

  async function call<T>(work: (db: Db) => Promise<T>, withinMs = deadlineMs): Promise<T> {
    if (closed) throw noAnswer('closed');
    if (waiting >= waitingMax) throw noAnswer('too many calls wait for an answer');
    const link = current;
    const since = performance.now();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      // Where others had an answer meanwhile, this call alone was slow.
      if (link.answeredAt < since) giveUp(link);
      late.reject(noAnswer(`no answer within ${withinMs} ms`));
    }, withinMs);
    waiting += 1;
    link.calls += 1;
    try {
      const answer = await Promise.race([work(link.client.db(database)), late.promise]);
      link.answeredAt = performance.now();
      return answer;
    } catch (error) {
      if (error instanceof MongoServerError) link.answeredAt = performance.now();
      if (isSpent(error)) giveUp(link);
      throw domainErrorOf(error);
    } finally {
      clearTimeout(timer);
      waiting -= 1;
      letGo(link);
    }
  }

  return {
    call,
    hosts: () => current.client.options.hosts.map(String).join(', '),
    close: async () => {
      closed = true;
      await Promise.all([closeClient(current.client), ...leaving]);
    },
  };
}

/** What decides reads the primary, and what is acknowledged is on the disks of a majority. */
const clientOptions: MongoClientOptions = {
  appName: 'greenroom',
  maxPoolSize: 32,
  serverSelectionTimeoutMS: 2_000,
  connectTimeoutMS: 2_000,
  socketTimeoutMS: 3_000,
  waitQueueTimeoutMS: 2_000,
  heartbeatFrequencyMS: 1_000,
  minHeartbeatFrequencyMS: 250,
  serverMonitoringMode: 'poll',
  readPreference: 'primary',
  readConcern: { level: 'majority' },
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: 2_000 },
  ignoreUndefined: true,
};

const closeWithinMs = 2_000;

/** A client that waits for a silent server may not end by itself: then it is left to its own time-outs. */
async function closeClient(client: MongoClient): Promise<void> {
  const enough = Promise.withResolvers<void>();
  const timer = setTimeout(enough.resolve, closeWithinMs);
  const closing = client.close(true).catch((error: unknown) => {
    // Nobody uses it any more, and what it says of its own end helps nobody.
    if (!(error instanceof Error)) throw error;
  });
  await Promise.race([closing, enough.promise]);
  clearTimeout(timer);
}
