// A message about a record that only a newer version understands: sent again a little later, to those who met it and to
// nobody else, until a process that knows the version hears it. Its partition goes on meanwhile.
import type { DomainEvent } from './events.ts';
import { withoutSuffix } from './ids.ts';

/** No longer than a message that fails by itself may hold its partition. */
export const postponedMs = 2_000;

/** The message as it is sent again. The same round has the same id, so that sending it twice is once. */
export function postponed(message: DomainEvent, group: string, now: number): DomainEvent {
  const round = (message.metadata.postponed?.round ?? 0) + 1;
  const first = unpostponed(message);
  const metadata = { ...first.metadata, postponed: { group, round, notBefore: now + postponedMs } };
  return { ...first, id: `${first.id}${suffixOf(group, round)}`, metadata };
}

/** The message as it was first sent, under whose id a record remembers it. */
export function unpostponed(message: DomainEvent): DomainEvent {
  const { postponed: found, ...metadata } = message.metadata;
  if (found === undefined) return message;
  const id = withoutSuffix(message.id, suffixOf(found.group, found.round));
  return { ...message, id, metadata };
}

const suffixOf = (group: string, round: number): string => `/later/${group}/${round}`;
