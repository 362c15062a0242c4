// The embedded bus behind its port: the production code, on the database of the stores, for one process at a time. It dies
// with the process and is opened anew by the next; messages come late and twice here, too.
import { type EmbeddedBus, embeddedBus } from '#src/adapters/embedded/bus.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import type { Subscribed, Subscription } from '#src/ports/bus.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { ProcessWorld, SimProcess } from '../process.ts';
import { settled } from '../stores/settled.ts';
import type { BusInStore, Sqlite } from '../stores/sqlite.ts';
import type { BusWorld } from './bus.ts';
import { copy } from './copy.ts';

interface Member {
  group: string;
  subscribed: Subscribed;
}

export function createEmbeddedBus(world: ProcessWorld, sqlite: Sqlite, inStore: BusInStore): BusWorld {
  const { trace, faults } = world;
  const random = world.random.split('bus');
  const ids = new Set<string>();
  let engine = openBus(sqlite, noClock);
  let members: Member[] = [];

  const note = (events: readonly { id: string }[]): void => {
    for (const { id } of events) ids.add(id);
  };
  // Whatever still arrives from a process that is gone, the engine of the next one has it.
  inStore.outlet = {
    prepare: (events) => engine.outlet.prepare(events),
    handOut(rows) {
      note(rows.map(({ body }): DomainEvent => JSON.parse(body)));
      engine.outlet.handOut(rows);
    },
  };
  const publish = (events: readonly DomainEvent[]): void => {
    note(events);
    const sent = events.flatMap((event) => {
      if (!faults.on() || !random.chance(faults.mix.doubled)) return [event];
      trace.count('fault: message doubled');
      return [event, event];
    });
    settled(engine.publish(sent));
  };
  const delay = (): number => {
    if (!faults.on() || !random.chance(faults.mix.delayed)) return random.between(0.1, 3);
    trace.count('fault: message delayed');
    return random.between(200, 9_000);
  };
  /** Handled in a step of its own, and never by a process that is gone. */
  const later =
    (process: SimProcess, handle: Subscription['handle']): Subscription['handle'] =>
    (event) =>
      new Promise((resolve, reject) => {
        process.after(delay(), () => void handle(copy(event)).then(resolve, reject));
      });

  const subscribe = async (
    process: SimProcess,
    { group, topics, handle }: Subscription,
  ): Promise<Subscribed> => {
    await process.call('bus', 'subscribe', () => undefined);
    const subscribed = await engine.subscribe({ group, topics, handle: later(process, handle) });
    const member = { group, subscribed };
    members = [...members, member];
    return {
      async close() {
        await subscribed.close();
        members = members.filter((other) => other !== member);
      },
      lag: () => process.call('bus', 'lag', () => settled(subscribed.lag())),
      inFlight: subscribed.inFlight,
    };
  };

  return {
    publish,
    carried: (id) => ids.has(id),
    waiting: () =>
      members.flatMap(({ group, subscribed }) => {
        const lag = settled(subscribed.lag());
        return lag === 0 ? [] : [`${group} has not taken ${lag} messages`];
      }),
    portOf(process) {
      members = [];
      engine = openBus(sqlite, process.clock);
      trace.count('embedded bus opened');
      return {
        publish: (events) => process.call('bus', 'publish', publish, events),
        prune: (before) => process.call('bus', 'prune', () => settled(engine.prune(before))),
        subscribe: (subscription) => subscribe(process, subscription),
      };
    },
  };
}

/** Before the first process and after the last nobody subscribes, so nothing waits for a time. */
const noClock: Clock = { now: () => 0, monotonic: () => 0, after: () => () => undefined };

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

const openBus = ({ connection, writer }: Sqlite, clock: Clock): EmbeddedBus =>
  embeddedBus({ connection, writer, clock, logger: silent });
