// A record of an older version, as this version of its machine would have written it. Pure; nothing is stepped.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { DurableMachine } from './durable.ts';

/** Its timers stay those of its state, whatever the state is called now. Throws where nothing raises its version. */
export function raised({ version, upcasters }: DurableMachine, record: SagaRecord): SagaRecord {
  if (record.machineVersion === version) return record;
  let { snapshot } = record;
  for (let from = record.machineVersion; from < version; from += 1) {
    const raise = upcasters[from];
    if (raise === undefined) throw new Error(`nothing raises its version ${from}`);
    snapshot = raise(snapshot);
  }
  return { ...record, snapshot, state: snapshot.value };
}
