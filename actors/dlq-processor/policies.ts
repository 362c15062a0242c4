// What happens by itself to the dead letters of a topic: one document each. A topic without one is left to people.
import { Value } from '@sinclair/typebox/value';
import {
  manual,
  type RetryPolicy,
  retryPolicySchema,
  type TopicPolicy,
  topicPoliciesCollection,
} from '#src/domain/dead-letter.ts';
import type { Ports } from '#src/ports/ports.ts';

export interface Policies {
  of(topic: string): Promise<RetryPolicy>;
}

export function policiesOf({ documents, logger }: Pick<Ports, 'documents' | 'logger'>): Policies {
  const policies = documents.collection<TopicPolicy>(topicPoliciesCollection);
  return {
    async of(topic) {
      const stored = await policies.get(topic);
      if (stored === null) return manual;
      const { policy } = stored.body;
      if (Value.Check(retryPolicySchema, policy)) return policy;
      logger.error({ topic }, 'a policy of dead letters is not understood; its letters are left to people');
      return manual;
    },
  };
}
