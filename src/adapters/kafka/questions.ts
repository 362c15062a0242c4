// Questions to the cluster beside the stream of events: what exists, how far a group is, whether it answers. Each has a
// deadline; after a failure the next one begins with a new connection.
import type { Admin, Kafka } from 'kafkajs';
import { isDomainError, unavailable } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { within } from './deadline.ts';

export interface Questions {
  /** @throws DomainError: `unavailable` when it does not answer, or what the question itself throws */
  ask<Answer>(question: (admin: Admin) => Promise<Answer>, deadlineMs?: number): Promise<Answer>;
  close(): Promise<void>;
}

const answerMs = 5_000;

export function openQuestions(client: Kafka, clock: Clock, logger: Logger): Questions {
  let current: { admin: Admin; connecting: Promise<void> } | null = null;

  async function answered<Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    if (current === null) {
      const admin = client.admin();
      current = { admin, connecting: admin.connect() };
    }
    const { admin, connecting } = current;
    await connecting;
    return question(admin);
  }

  async function leave(): Promise<void> {
    const left = current;
    current = null;
    await left?.admin.disconnect().catch((error: unknown) => {
      logger.debug({ error }, 'a connection for questions did not close well');
    });
  }

  return {
    async ask(question, deadlineMs = answerMs) {
      try {
        return await within(clock, deadlineMs, answered(question));
      } catch (error) {
        void leave();
        throw isDomainError(error) ? error : unavailable('kafka', error);
      }
    },
    close: leave,
  };
}
