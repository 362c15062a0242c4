// A message that no handler could take is a dead letter: a record of its own machine, from the failure to the day on which
// it was sent again and taken, or given up. What decides when it is sent again is its topic's policy.
import { type Static, Type } from '@sinclair/typebox';
import { integer } from './schema.ts';

export const deadLetterMachineName = 'dead-letter';

const object = Type.Object;
const kind = Type.Literal;
const waitMs = integer({ minimum: 1 });
/** After so many redrives, whoever asked for them, the letter is left to people. */
const retriesMax = integer({ minimum: 1, maximum: 100 });

export const retryPolicySchema = Type.Union([
  object({ kind: kind('immediate'), retriesMax }),
  object({ kind: kind('exponential_backoff'), firstMs: waitMs, longestMs: waitMs, retriesMax }),
  object({ kind: kind('fixed_interval'), intervalMs: waitMs, retriesMax }),
  /** Once a day, at this minute after midnight UTC. */
  object({ kind: kind('scheduled'), minuteOfDay: integer({ minimum: 0, maximum: 1_439 }), retriesMax }),
  object({ kind: kind('manual') }),
]);
export type RetryPolicy = Static<typeof retryPolicySchema>;

/** Of a topic for which nobody has decided anything. */
export const manual: RetryPolicy = { kind: 'manual' };

/** Body of the documents whose id is the topic. */
export interface TopicPolicy {
  topic: string;
  policy: RetryPolicy;
  changedBy: string;
  changedAt: number;
}

export const topicPoliciesCollection = { name: 'dead-letter-policies', indexes: [] };
