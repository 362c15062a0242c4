// A message that no handler could take, kept with its cause until somebody sends it again or gives it up.
import type { EventType } from './events.ts';
import type { Json } from './json.ts';

export const deadLetterStatuses = ['received', 'scheduled', 'retried', 'discarded', 'closed'] as const;
export type DeadLetterStatus = (typeof deadLetterStatuses)[number];

/** Body of the documents of `dead-letters`, whose id is `dlqEventId`. */
export interface DeadLetter {
  dlqEventId: string;
  originalTopic: string;
  originalEventType: EventType;
  /** Key of the message: the execution's id, or the user's. */
  key: string;
  status: DeadLetterStatus;
  /** Why it could not be handled. */
  error: string;
  retryCount: number;
  producer: string;
  failedAt: number;
  /** The whole message, so that it can be sent again. */
  message: Json;
  history: { at: number; status: DeadLetterStatus; words: string }[];
}

export const deadLettersCollection = {
  name: 'dead-letters',
  indexes: [
    { fields: ['status', 'failedAt'] },
    { fields: ['originalEventType', 'failedAt'] },
    { fields: ['key'] },
  ],
};
