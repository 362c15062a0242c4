// Tells the installation what this process is and how it does: one document, written every few seconds, removed at drain.
// Then it looks at what the others said, so that no process writes what another cannot read.
import { type ProcessReport, processesCollection, type RoleReport } from '#src/domain/fleet.ts';
import type { Ports } from '#src/ports/ports.ts';
import { keepLooking } from './looking.ts';
import type { Child } from './role.ts';

export interface HeartbeatSource {
  process: string;
  serviceVersion: string;
  /** Durable machines by name: the newest version that this process understands. */
  versions: Record<string, number>;
  /** Looks which versions every living process understands. */
  lookAtFleet(): Promise<void>;
  reports(): Promise<RoleReport[]>;
  inFlight(): number;
}

const beatEveryMs = 5_000;
const forgottenAfterMs = 600_000;

export function heartbeat(ports: Ports, source: HeartbeatSource): Child {
  const processes = ports.documents.collection<ProcessReport>(processesCollection);
  const startedAt = ports.clock.now();
  let beats = 0;

  async function beat(): Promise<number> {
    const roles = await source.reports();
    const { process, serviceVersion, versions } = source;
    const lag = roles.flatMap(({ children }) => children).reduce((sum, child) => sum + (child.lag ?? 0), 0);
    const at = ports.clock.now();
    const inFlight = source.inFlight();
    const runtimes = (await ports.pods?.runtimes()) ?? [];
    const report = { process, serviceVersion, versions, roles, runtimes, inFlight, lag, startedAt, at };
    const said = {
      roles: rolesJson(roles),
      runtimes: runtimes.map((runtime) => ({ ...runtime })),
      inFlight,
      lag,
      at,
    };
    const changed = await processes.change(process, { set: said });
    if (changed.kind === 'absent') await processes.insert(process, report);
    await source.lookAtFleet();
    beats += 1;
    // Those that died without a word; each process tidies up after all.
    if (beats % 12 === 1) await processes.removeWhere({ at: { lt: at - forgottenAfterMs } }, 100);
    return beatEveryMs;
  }

  return {
    name: 'heartbeat',
    async run({ signal, ready }) {
      ready();
      await keepLooking(ports, signal, { name: 'heartbeat', look: beat, patienceMs: beatEveryMs });
      await processes.remove(source.process);
    },
  };
}

const rolesJson = (roles: readonly RoleReport[]) =>
  roles.map(({ role, state, children }) => ({
    role,
    state,
    children: children.map((child) => ({ ...child })),
  }));
