// What is measured on the real servers, which are started for it.
import type { Bench } from '../bench.ts';
import { engineOutput } from './first-output.ts';
import { engineSagas } from './sagas.ts';
import type { BenchServers } from './servers.ts';

export const engineBenches = (servers: BenchServers): Record<string, Bench> => ({
  sagas: engineSagas(servers),
  output: engineOutput(servers),
});
