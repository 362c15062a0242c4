// The role that keeps what no handler could take. It only files: sending again or giving up is an admin's decision.
import { consumer } from '#actors/consumer.ts';
import type { Role } from '#actors/role.ts';
import { type DeadLetter, deadLettersCollection } from '#src/domain/dead-letter.ts';
import { letterOf } from './letter.ts';

export const dlqProcessor: Role = {
  name: 'dlq-processor',
  children(ports, { serviceVersion }) {
    const letters = ports.documents.collection<DeadLetter>(deadLettersCollection);
    const intake = consumer(ports, {
      name: 'intake',
      group: 'dlq-processor',
      serviceVersion,
      handlers: {
        // Inserted once: the letter's id derives from the message, so that a repetition finds it there.
        dlq_message_received: async (event) => {
          await letters.insert(event.payload.dlq_event_id, letterOf(event));
        },
      },
    });
    return [intake];
  },
};
