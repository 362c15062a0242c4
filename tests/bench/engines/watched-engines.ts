// Notes each call to the servers behind the engines, and each event's way to its handler: which, when it began, when it was over.
import type { Engines } from '#src/engines.ts';
import type { Bus } from '#src/ports/bus.ts';
import type { Documents } from '#src/ports/documents.ts';

export type Server = 'database' | 'broker' | 'cache';

export interface Call {
  server: Server;
  name: string;
  /** Milliseconds by the process's own clock. */
  from: number;
  to: number;
}

export interface Watched {
  engines: Engines;
  /** What was noted since the last call. */
  take(): Call[];
}

type Note = <Answer>(server: Server, name: string, work: () => Promise<Answer>) => Promise<Answer>;

export function watchEngines(engines: Engines): Watched {
  let calls: Call[] = [];
  const note: Note = async (server, name, work) => {
    const from = performance.now();
    try {
      return await work();
    } finally {
      calls.push({ server, name, from, to: performance.now() });
    }
  };
  const watched: Engines = {
    ...engines,
    records: each(engines.records, (name, work) => note('database', `records.${name}`, work)),
    outputLog: each(engines.outputLog, (name, work) => note('database', `output.${name}`, work)),
    documents: watchDocuments(engines.documents, note),
    leases: each(engines.leases, (name, work) => note('cache', `leases.${name}`, work)),
    bus: watchBus(engines.bus, note, (call) => calls.push(call)),
  };
  return {
    engines: watched,
    take() {
      const taken = calls;
      calls = [];
      return taken;
    },
  };
}

/** The same port, with every call of it told. All methods of these ports answer promises. */
function each<Port extends object>(
  port: Port,
  told: (name: string, work: () => Promise<unknown>) => Promise<unknown>,
): Port {
  return new Proxy(port, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return (...values: unknown[]) =>
        told(String(name), async () => Reflect.apply(method, target, values) as unknown);
    },
  });
}

function watchDocuments(documents: Documents, note: Note): Documents {
  const work = each(documents, (name, call) => note('database', `documents.${name}`, call));
  return {
    collection: (spec) =>
      each(documents.collection(spec), (name, call) => note('database', `${spec.name}.${name}`, call)),
    unsent: work.unsent,
    mark: work.mark,
  };
}

function watchBus(bus: Bus, note: Note, add: (call: Call) => void): Bus {
  const published = new Map<string, number>();
  return {
    ...bus,
    publish(events) {
      for (const { id } of events) published.set(id, performance.now());
      return note('broker', `publish ${events.map(({ type }) => type).join(' ')}`, () => bus.publish(events));
    },
    subscribe(subscription) {
      const { handle, mayLag = false, group } = subscription;
      if (mayLag) return bus.subscribe(subscription);
      const watching = async (event: Parameters<typeof handle>[0]): Promise<void> => {
        const from = published.get(event.id);
        published.delete(event.id);
        if (from !== undefined)
          add({ server: 'broker', name: `hop to ${group}`, from, to: performance.now() });
        await handle(event);
      };
      return bus.subscribe({ ...subscription, handle: watching });
    },
  };
}
