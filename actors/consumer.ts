// A consumer of the bus as a child of a role. It decides one thing: whose fault a failure is. A dependency's failure
// never uses up an attempt; the message's own fault may hold its partition for two seconds, then it is given up.
import { Value } from '@sinclair/typebox/value';
import { DomainError, isDomainError, isNewerVersion, unavailable } from '#src/domain/errors.ts';
import { eventPayloads } from '#src/domain/event-payloads.ts';
import { type DomainEvent, type EventOf, type EventType, isEventType } from '#src/domain/events.ts';
import { fits } from '#src/domain/fits.ts';
import { postponed, postponedMs, unpostponed } from '#src/domain/postponed.ts';
import { isForGroup } from '#src/domain/redrive.ts';
import type { Subscribed } from '#src/ports/bus.ts';
import type { Ports } from '#src/ports/ports.ts';
import { lastWords } from './dead-letters.ts';
import { isPassing, wordsOf } from './failure.ts';
import { keepLooking } from './looking.ts';
import type { Child } from './role.ts';
import { aborted, pause } from './waiting.ts';

export type Handlers = { [Type in EventType]?: (event: EventOf<Type>) => Promise<void> };

export interface ConsumerSettings {
  /** Name of the child. */
  name: string;
  /** Consumers of one group share the messages. */
  group: string;
  handlers: Handlers;
  serviceVersion: string;
  /** Keeps what passes on the bus: messages of any form, and those that are sent again by a replay. No order is carried out by it. */
  projection?: boolean;
}

type ConsumerPorts = Pick<Ports, 'bus' | 'clock' | 'logger'>;

/** Pauses between tries of a message that fails by itself; together with the tries under two seconds. */
const pausesMs = [200, 800];

export function consumer(ports: ConsumerPorts, settings: ConsumerSettings): Child {
  const topics = Object.keys(settings.handlers).filter(isEventType);
  let subscribed: Subscribed | null = null;
  return {
    name: settings.name,
    async run({ signal, ready }) {
      const handle = (event: DomainEvent) => take(ports, settings, event, signal);
      const subscribing = async (): Promise<number> => {
        const { group, projection: mayLag = false } = settings;
        subscribed = await ports.bus.subscribe({ group, topics, handle, mayLag });
        ready();
        await aborted(signal);
        return 0;
      };
      await keepLooking(ports, signal, { name: settings.name, look: subscribing, patienceMs: 1_000 });
      await subscribed?.close();
    },
    inFlight: () => subscribed?.inFlight() ?? 0,
    lag: async () => (await subscribed?.lag()) ?? 0,
  };
}

async function take(
  ports: ConsumerPorts,
  settings: ConsumerSettings,
  message: DomainEvent,
  signal: AbortSignal,
): Promise<void> {
  if (!isForGroup(message, settings.group)) return;
  if (message.metadata.replayedFrom !== undefined && settings.projection !== true) return;
  if (message.metadata.postponed !== undefined && !(await isDue(ports, settings, message, signal))) return;
  const event = unpostponed(message);
  const { id, type, key } = event;
  const about = { consumer: settings.name, id, type, key };
  const isRead = settings.projection === true || fits(eventPayloads[type], event.payload);
  if (!isRead) return giveUp(ports, settings, event, poisoned(event), 1);
  for (let tries = 1; ; tries += 1) {
    try {
      await dispatch(settings.handlers, event);
      await tellTaken(ports, settings, event);
      ports.logger.debug(about, 'handled');
      return;
    } catch (error) {
      if (isNewerVersion(error)) {
        const later = postponed(message, settings.group, ports.clock.now());
        ports.logger.info({ ...about, round: later.metadata.postponed?.round }, 'message is postponed');
        return ports.bus.publish([later]);
      }
      if (isPassing(error)) {
        ports.logger.warn({ ...about, error: wordsOf(error) }, 'message waits for a dependency');
        throw error;
      }
      ports.logger.warn({ ...about, tries, error: wordsOf(error) }, 'message failed');
      const pauseMs = pausesMs[tries - 1];
      if (pauseMs === undefined) return giveUp(ports, settings, event, error, tries);
      await pause(ports.clock, pauseMs, signal);
      // Left unacknowledged: whoever takes over begins anew.
      if (signal.aborted) throw error;
    }
  }
}

/** Waits for the moment of a message that was postponed; false when it was postponed by others. */
async function isDue(
  { clock }: ConsumerPorts,
  { group }: ConsumerSettings,
  { metadata: { postponed: found } }: DomainEvent,
  signal: AbortSignal,
): Promise<boolean> {
  if (found?.group !== group) return false;
  const waitMs = Math.min(found.notBefore - clock.now(), postponedMs);
  if (waitMs > 0) await pause(clock, waitMs, signal);
  // Left unacknowledged: whoever takes over begins anew.
  if (signal.aborted) throw unavailable('a consumer that goes on');
  return true;
}

async function giveUp(
  ports: ConsumerPorts,
  settings: ConsumerSettings,
  event: DomainEvent,
  error: unknown,
  tries: number,
): Promise<void> {
  const { group, serviceVersion, projection = false } = settings;
  ports.logger.error({ consumer: settings.name, id: event.id, type: event.type, tries }, 'message given up');
  // A dead letter that cannot be kept must not become another one: it stays on the bus.
  if (event.type === 'dlq_message_received' && !isPoisoned(error)) throw error;
  const at = ports.clock.now();
  await ports.bus.publish(lastWords({ event, error, tries, group, serviceVersion, projection, at }));
}

/** Only its letter can tell that a message was sent again; here it hears that this time it was taken. */
async function tellTaken(
  { bus, clock }: ConsumerPorts,
  { group, serviceVersion }: ConsumerSettings,
  { id, metadata: { redrive } }: DomainEvent,
): Promise<void> {
  if (redrive === undefined) return;
  const taken: EventOf<'dlq_message_handled'> = {
    id: `${id}/handled`,
    type: 'dlq_message_handled',
    at: clock.now(),
    key: redrive.letter,
    payload: { dlq_event_id: redrive.letter, redrive: redrive.number },
    metadata: { service: group, serviceVersion },
  };
  await bus.publish([taken]);
}

const poisoned = ({ type, payload }: DomainEvent): DomainError =>
  new DomainError('validation', 'The message does not have the form of its type', {
    detail: `at ${Value.Errors(eventPayloads[type], payload).First()?.path || '/'}`,
  });

const isPoisoned = (error: unknown): boolean => isDomainError(error) && error.kind === 'validation';

/** The one place where a message meets its handler: both are picked by the same type. */
async function dispatch(handlers: Handlers, event: DomainEvent): Promise<void> {
  const handler = handlers[event.type] as ((event: DomainEvent) => Promise<void>) | undefined;
  await handler?.(event);
}
