// Takes in what consumers had to give up: a new letter, or one whose message failed again. Then its topic's policy, read
// anew each time. Repeating any of it changes nothing, so that a message heard twice is one letter.
import type { Handlers } from '#actors/consumer.ts';
import type { Kernel } from '#actors/kernel/kernel.ts';
import { deadLetterMachineName as machine } from '#src/domain/dead-letter.ts';
import type { EventOf } from '#src/domain/events.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type { Policies } from './policies.ts';

export const intake = (kernel: Kernel, policies: Policies): Handlers => ({
  async dlq_message_received(event) {
    const { dlq_event_id: id, original_topic: topic, redrive, error, retry_count } = event.payload;
    // Also for a message that was sent again: its letter may have been removed meanwhile.
    const { kind } = await kernel.start({ machine, id, cause: event.id, input: inputOf(event) });
    if (kind !== 'started' && redrive > 0) {
      const failed = { type: 'FAILED_AGAIN', redrive, error, tries: retry_count + 1 };
      await kernel.send(machine, id, event.id, failed);
    }
    const policy = { ...(await policies.of(topic)) };
    await kernel.send(machine, id, `${event.id}/policy`, { type: 'POLICY_CHOSEN', redrive, policy });
  },

  async dlq_message_handled({ id: cause, payload: { dlq_event_id: id, redrive } }) {
    await kernel.send(machine, id, cause, { type: 'MESSAGE_HANDLED', redrive });
  },
});

function inputOf({ payload, key, at }: EventOf<'dlq_message_received'>): JsonObject {
  return {
    letterId: payload.dlq_event_id,
    topic: payload.original_topic,
    eventType: payload.original_event_type,
    key,
    group: payload.group,
    producer: payload.producer_id,
    // It came over the bus, so it is JSON; the round trip proves it.
    message: JSON.parse(JSON.stringify(payload.message ?? null)),
    error: payload.error,
    tries: payload.retry_count + 1,
    failedAt: at,
    redrives: payload.redrive,
  };
}
