// The role that keeps what passed on the bus. Nobody waits for it: it may be behind, or away, and catches up.
import { consumer } from '#actors/consumer.ts';
import type { Role } from '#actors/role.ts';
import { keepingRunEvents } from './run-events.ts';

export const eventReplay: Role = {
  name: 'event-replay',
  children: (ports, { serviceVersion }) => [
    consumer(ports, {
      name: 'run-events',
      group: 'run-events',
      serviceVersion,
      handlers: keepingRunEvents(ports),
      projection: true,
    }),
  ],
};
