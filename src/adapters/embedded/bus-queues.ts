// Messages of a group by key: one queue for each key, in the order of loading, and which of them may be handed out now.
// A queue is in exactly one state; it goes when it is empty.
import type { DomainEvent } from '#src/domain/events.ts';
import type { Cancel } from '#src/ports/clock.ts';

export interface Topic {
  name: string;
  /** The last message that was loaded. */
  cursor: number;
  /** There may be more in the table than what is loaded: new messages wait there. */
  behind: boolean;
  /** Loaded and not acknowledged, in order. */
  pending: Set<number>;
  /** Whose turn it is among the members. */
  turn: number;
}

/** Nothing is loaded yet: everything after what is acknowledged lies in the table. */
export const newTopic = (name: string, through: number): Topic => ({
  name,
  cursor: through,
  behind: true,
  pending: new Set(),
  turn: 0,
});

export interface Message {
  seq: number;
  topic: Topic;
  event: DomainEvent;
}

export interface KeyQueue {
  key: string;
  messages: Message[];
  state: 'ready' | 'busy' | 'waiting' | 'parked';
  /** Of the first message. */
  failures: number;
  cancel: Cancel | null;
}

export interface KeyQueues {
  add(message: Message): void;
  /** The queue that has been ready for longest, or null. */
  nextReady(): KeyQueue | null;
  busy(queue: KeyQueue): void;
  /** Nobody takes its first message at the moment. */
  park(queue: KeyQueue): void;
  unpark(): void;
  done(queue: KeyQueue, message: Message): void;
  /** How often its first message has failed by now. */
  failed(queue: KeyQueue): number;
  wait(queue: KeyQueue, start: (resume: () => void) => Cancel): void;
  /** Forgets the messages of a topic; those in flight stay until they are done. */
  drop(topic: Topic): void;
  loaded(): number;
  stop(): void;
}

export function keyQueues(): KeyQueues {
  const queues = new Map<string, KeyQueue>();
  let ready: KeyQueue[] = [];
  let loaded = 0;

  function makeReady(queue: KeyQueue): void {
    queue.cancel?.();
    queue.cancel = null;
    if (queue.messages.length === 0) {
      queues.delete(queue.key);
      return;
    }
    queue.state = 'ready';
    ready.push(queue);
  }

  return {
    add(message) {
      loaded += 1;
      message.topic.pending.add(message.seq);
      const key = message.event.key;
      const known = queues.get(key);
      if (known !== undefined) {
        known.messages.push(message);
        return;
      }
      const queue: KeyQueue = { key, messages: [message], state: 'ready', failures: 0, cancel: null };
      queues.set(key, queue);
      ready.push(queue);
    },
    nextReady: () => ready.shift() ?? null,
    busy(queue) {
      queue.state = 'busy';
    },
    park(queue) {
      queue.state = 'parked';
    },
    unpark() {
      for (const queue of queues.values()) if (queue.state === 'parked') makeReady(queue);
    },
    done(queue, message) {
      message.topic.pending.delete(message.seq);
      queue.messages.splice(queue.messages.indexOf(message), 1);
      queue.failures = 0;
      loaded -= 1;
      makeReady(queue);
    },
    failed(queue) {
      queue.failures += 1;
      return queue.failures;
    },
    wait(queue, start) {
      queue.state = 'waiting';
      queue.cancel = start(() => {
        queue.cancel = null;
        makeReady(queue);
      });
    },
    drop(topic) {
      for (const queue of queues.values()) {
        const before = queue.messages.length;
        queue.messages = queue.messages.filter(
          (message, index) => message.topic !== topic || (index === 0 && queue.state === 'busy'),
        );
        loaded -= before - queue.messages.length;
        if (before === queue.messages.length || queue.state === 'busy') continue;
        ready = ready.filter((other) => other !== queue);
        queue.failures = 0;
        makeReady(queue);
      }
    },
    loaded: () => loaded,
    stop() {
      for (const queue of queues.values()) queue.cancel?.();
    },
  };
}
