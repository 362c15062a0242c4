// What the tests on real engines may do to a server: break it in every way that a network and a machine can.

export interface TestServer {
  /** What a client is configured with. */
  url: string;
  /** Of its process; 0 while it does not run. */
  pid(): number;
  /** Ends it as a crash does (SIGKILL); what it wrote stays. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same port and data; resolves once it serves. */
  restart(): Promise<void>;
  /** Stands still without closing a connection (SIGSTOP), as behind a cut network. */
  pause(): void;
  resume(): void;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Default: a free one. */
  port?: number;
  /** Default: a folder of its own under `.cache/engines`. */
  folder?: string;
}
