// The api role runs this; main fills it with the Elysia application.

export interface HttpServer {
  /** Listens; resolves with the address that answers. */
  start(): Promise<{ url: string }>;
  /** Refuses new work, ends streams with a hint to reconnect, waits for requests in flight. */
  stop(): Promise<void>;
}
