// What the golden files hold: the graph of every machine, and for every durable one the fullest record found in each state.
import { machineNamed, machineNames } from '#machines/registry.ts';
import { roleMachine } from '#machines/role/machine.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { chartOf } from './chart.ts';
import { explore } from './explore.ts';

export const goldenFolder = new URL('../golden/', import.meta.url);

/** By path below the golden folder. */
export function charts(): Map<string, unknown> {
  const files = new Map<string, unknown>([['charts/role.json', chartOf(roleMachine)]]);
  for (const name of machineNames) {
    const machine = machineNamed(name);
    if (machine !== null) files.set(`charts/${name}.json`, chartOf(machine.machine));
  }
  return files;
}

export function snapshots(): Map<string, unknown> {
  const files = new Map<string, unknown>();
  for (const name of machineNames) {
    const machine = machineNamed(name);
    if (machine === null) continue;
    for (const [state, record] of fullest([...explore(machine).values()].map((visited) => visited.record))) {
      files.set(`snapshots/${name}/v${machine.version}/${state}.json`, anonymous(record));
    }
  }
  return files;
}

export const asText = (content: unknown): string => `${JSON.stringify(content, null, 2)}\n`;

/** The fullest record of each state. */
export function fullest(records: readonly SagaRecord[]): Map<string, SagaRecord> {
  const chosen = new Map<string, SagaRecord>();
  for (const record of records) {
    const best = chosen.get(record.state);
    if (best === undefined || sizeOf(record) > sizeOf(best)) chosen.set(record.state, record);
  }
  return chosen;
}

const sizeOf = ({ snapshot }: SagaRecord): number => JSON.stringify(snapshot).length;

/** Without what only says in which order the exploration went. */
const anonymous = (record: SagaRecord) => ({ ...record, turns: [], seen: [], outbox: [], nextRow: 1 });
