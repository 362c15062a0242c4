// Events between roles. At least once; order only within one key of one topic.
import type { DomainEvent, EventType } from '#src/domain/events.ts';

export type Handle = (event: DomainEvent) => Promise<void>;

export interface Subscription {
  group: string;
  topics: readonly EventType[];
  /**
   * Resolves: acknowledged. Rejects: delivered again after a pause, for ever; who wants to give a message up
   * does so inside the handler. One message at a time per key.
   */
  handle: Handle;
  /** It only records: messages may come up to half a second later, many together, where an engine finds that cheaper. */
  mayLag?: boolean;
}

export interface Subscribed {
  /** Stops intake, waits for the messages in flight, acknowledges what is done. */
  close(): Promise<void>;
  /** Messages published and not yet acknowledged by this group on these topics. */
  lag(): Promise<number>;
  inFlight(): number;
}

export interface Bus {
  /**
   * Durable once it resolves. Events of one call keep their order. Repeating it may deliver twice.
   * @throws oversized when a payload is larger than `messageBytesMax`: then none of them is published
   */
  publish(events: readonly DomainEvent[]): Promise<void>;
  /**
   * Removes events from before this time (ms since 1970) that every group which ever subscribed has acknowledged; answers how
   * many. It takes its time, in pieces, and may be repeated. An engine that removes events by itself answers 0.
   */
  prune(before: number): Promise<number>;
  /** A new group begins with the oldest event that is kept; a known one after its last acknowledgement. */
  subscribe(subscription: Subscription): Promise<Subscribed>;
}
