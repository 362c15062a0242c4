// Whose pods are whose, where pods live and die with a process. An owner keeps a lease; when it has been absent for longer than a
// supervisor survives without its owner, the owner's pods are proved gone. Where all processes see the same pods, nobody owns any.
import type { Clock } from '#src/ports/clock.ts';
import type { Leases } from '#src/ports/leases.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { Pods } from '#src/ports/pods.ts';
import { keepLooking } from './looking.ts';
import type { Placement } from './placements.ts';
import type { Child } from './role.ts';

const leaseMs = 30_000;
const renewEachMs = 15_000;
/**
 * How long the lease must have been absent at every look: a supervisor ends 90 s after it last heard from its owner. A store
 * of leases may forget one; a living owner has taken it again long before.
 */
const absentMs = 120_000;
/** Away for longer, others may have said that our pods are gone: then they must be. */
const lateAfterMs = 110_000;

/** How long an owner may be dead whose lease is still there, with a margin for clocks. */
export const lastSignMs = leaseMs + 5_000;

/** `doubtful`: its lease is absent, and not long enough for a proof. */
export type OwnerLife = 'alive' | 'doubtful' | 'gone';

export interface Ownership {
  /** What a new placement says of its owner. */
  owner: string | null;
  /** Resolves once the lease is known to be ours: before the first placement that says so. */
  hold(): Promise<void>;
  isForeign(placement: Placement): boolean;
  lifeOf(placement: Placement): Promise<OwnerLife>;
  /** Whether a foreign owner is proved dead, and its pods with it. */
  isProvedGone(placement: Placement): Promise<boolean>;
  /** Keeps the lease; does nothing where pods are shared. */
  keeping(): Child[];
}

interface OwnershipPorts {
  clock: Clock;
  logger: Logger;
  leases: Leases;
}

const leaseOf = (owner: string): string => `sandboxes:${owner}`;

export function ownership(ports: OwnershipPorts, pods: Pods, processName: string): Ownership {
  const { clock, leases } = ports;
  let heldAt: number | null = null;
  /** Since when the lease of an owner was absent, by our own clock. */
  const absentSince = new Map<string, number>();
  const acquire = async (): Promise<void> => {
    const began = clock.monotonic();
    if (heldAt !== null && began - heldAt > lateAfterMs) await killOwn(pods);
    await leases.acquire(leaseOf(processName), processName, leaseMs);
    heldAt = began;
  };
  const isForeign = (placement: Placement): boolean =>
    placement.owner !== null && placement.owner !== processName;
  const lifeOf = async (placement: Placement): Promise<OwnerLife> => {
    const { owner } = placement;
    if (owner === null || !isForeign(placement)) return 'alive';
    if (pods.soleOwner === true || pods.formerOwners?.includes(owner)) return 'gone';
    if ((await leases.current(leaseOf(owner))) !== null) {
      absentSince.delete(owner);
      return 'alive';
    }
    const now = clock.monotonic();
    const since = absentSince.get(owner) ?? now;
    absentSince.set(owner, since);
    return now - since >= absentMs ? 'gone' : 'doubtful';
  };
  return {
    owner: pods.ownedByProcess === true ? processName : null,
    async hold() {
      if (pods.ownedByProcess !== true) return;
      if (heldAt === null || clock.monotonic() - heldAt > 2 * renewEachMs) await acquire();
    },
    isForeign,
    lifeOf,
    isProvedGone: async (placement) => (await lifeOf(placement)) === 'gone',
    keeping: () => (pods.ownedByProcess === true ? [keeper(ports, acquire)] : []),
  };
}

const keeper = (ports: OwnershipPorts, acquire: () => Promise<void>): Child => ({
  name: 'sandbox-owner',
  async run({ signal, ready }) {
    const look = async (): Promise<number> => {
      await acquire();
      ready();
      return renewEachMs;
    };
    await keepLooking(ports, signal, { name: 'sandbox-owner', look, patienceMs: 1_000 });
  },
});

async function killOwn(pods: Pods): Promise<void> {
  for (const pod of await pods.list()) {
    if (pod.key !== null) await pods.delete(pod.uid, { force: true, graceMs: 0 });
  }
}
