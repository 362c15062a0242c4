// Turns the output of an ended attempt into its result.
import { consumer } from '../consumer.ts';
import type { Role } from '../role.ts';
import { storing } from './store-result.ts';

export const resultProcessor: Role = {
  name: 'result-processor',
  children(ports, settings) {
    const { serviceVersion } = settings;
    const speaker = { service: 'result-processor', serviceVersion, clock: ports.clock } as const;
    const handlers = { store_result_command: storing({ ports, speaker }) };
    return [consumer(ports, { name: 'results', group: 'result-processor', handlers, serviceVersion })];
  },
};
