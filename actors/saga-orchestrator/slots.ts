// Slots whose pod nobody is asked to delete any more: a run that went on to its next attempt does not repeat the
// deletion of the one before, so this does. It never frees a slot itself; only proof that the pod is gone does.
import { keepLooking } from '#actors/looking.ts';
import type { Child } from '#actors/role.ts';
import type { EventOf } from '#src/domain/events.ts';
import type { RoleSettings } from '#src/domain/roles.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Ports } from '#src/ports/ports.ts';

const lookEveryMs = 30_000;

export function slotsChild(ports: Ports, settings: RoleSettings): Child {
  async function look(): Promise<number> {
    const seen = new Set<string>();
    for (const slot of await ports.records.held('slot:')) {
      const ref = await ports.records.holder(slot);
      if (ref === null || seen.has(ref.id)) continue;
      seen.add(ref.id);
      const record = await ports.records.load(ref.machine, ref.id);
      if (record !== null) await repeatDeletes(record);
    }
    return lookEveryMs;
  }

  async function repeatDeletes(record: SagaRecord): Promise<void> {
    const now = ports.clock.now();
    const left = leftAttempts(record);
    if (left.length === 0 || now - record.at < lookEveryMs) return;
    const round = Math.floor(now / lookEveryMs);
    await ports.bus.publish(left.map((attempt) => deletion(record.id, attempt, round, now)));
    ports.logger.warn({ id: record.id, attempts: left }, 'repeats the deletion of earlier attempts');
  }

  function deletion(
    execution: string,
    attempt: number,
    round: number,
    at: number,
  ): EventOf<'delete_pod_command'> {
    return {
      id: `slot/${execution}/${attempt}/${round}`,
      type: 'delete_pod_command',
      at,
      key: execution,
      payload: {
        saga_id: execution,
        execution_id: execution,
        attempt,
        reason: 'an earlier attempt still holds its slot',
        force: true,
        grace_ms: 0,
      },
      metadata: { service: 'saga-orchestrator', serviceVersion: settings.serviceVersion },
    };
  }

  return {
    name: 'slots',
    async run({ signal, ready }) {
      ready();
      await keepLooking(ports, signal, { name: 'slots', look, patienceMs: lookEveryMs });
    },
  };
}

/** Attempts that still hold a slot though the run has gone on to another. */
export function leftAttempts({ snapshot }: SagaRecord): number[] {
  const { held, attempt } = snapshot.context;
  if (!Array.isArray(held)) return [];
  return held.filter((number): number is number => typeof number === 'number' && number !== attempt);
}
