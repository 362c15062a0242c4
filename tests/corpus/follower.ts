// Follows a run's stream to its end as a browser would: reconnects with the last event id, keeps every byte.
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Client } from '#tests/support/client.ts';

interface OutputEvent {
  stream: 'stdout' | 'stderr';
  text?: string | null;
  base64?: string | null;
}

export class Follower {
  private readonly streams: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  private ended = false;
  private waiting: (() => void)[] = [];
  readonly finished: Promise<void>;

  constructor(
    private readonly client: Client,
    private readonly execution: string,
    /** Where an earlier follower stopped; its bytes are not heard again. */
    private lastId = '',
  ) {
    this.finished = this.follow();
  }

  get end(): boolean {
    return this.ended;
  }

  /** Where another can go on. */
  position(): string {
    return this.lastId;
  }

  bytes(stream: 'stdout' | 'stderr'): Buffer {
    return Buffer.concat(this.streams[stream]);
  }

  /** True once the condition holds; false when the time is over or nothing more can come. */
  async until(condition: () => boolean, withinMs: number): Promise<boolean> {
    const deadline = Bun.nanoseconds() + withinMs * 1e6;
    while (!condition()) {
      const leftMs = (deadline - Bun.nanoseconds()) / 1e6;
      if (leftMs <= 0) return false;
      let timer: Timer | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, leftMs);
      });
      await Promise.race([new Promise<void>((wake) => this.waiting.push(wake)), late]);
      clearTimeout(timer);
    }
    return true;
  }

  private async follow(): Promise<void> {
    for (let tries = 0; tries < 5 && !this.ended; tries += 1) {
      await this.connect().catch((error: unknown) => {
        // A connection that was cut is followed by another.
        if (!(error instanceof TypeError)) throw error;
      });
    }
    this.wake();
  }

  private async connect(): Promise<void> {
    const headers = this.lastId === '' ? {} : { 'last-event-id': this.lastId };
    const response = await this.client.get(`/executions/${this.execution}/stream`, headers);
    if (!response.ok || response.body === null) return;
    const events = response.body
      .pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>)
      .pipeThrough(new EventSourceParserStream());
    for await (const event of events) {
      if (event.id !== undefined) this.lastId = event.id;
      this.take(event.event ?? 'message', event.data);
      if (this.ended) return;
    }
  }

  private take(name: string, data: string): void {
    if (name === 'output') {
      const { stream, text, base64 } = JSON.parse(data) as OutputEvent;
      this.streams[stream].push(
        base64 === undefined || base64 === null ? Buffer.from(text ?? '') : Buffer.from(base64, 'base64'),
      );
    }
    if (name === 'end') this.ended = true;
    this.wake();
  }

  private wake(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }
}
