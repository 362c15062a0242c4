// Leases, and their weakness: now and then the store forgets one, so that two believe that they hold it.
import type { Leases } from '#src/ports/leases.ts';
import type { SimProcess } from '../process.ts';
import type { LeaseStore } from '../stores/stores.ts';

export interface LeaseWorld {
  /** Forgets every lease, as a cache does that was restarted empty. */
  forget(): void;
  portOf(process: SimProcess): Leases;
}

export const createLeaseStore = (store: LeaseStore): LeaseWorld => ({
  forget: store.forget,
  portOf: ({ call }) => ({
    acquire: (name, holder, ttlMs) => call('leases', 'leases.acquire', store.acquire, name, holder, ttlMs),
    release: (name, holder) => call('leases', 'leases.release', store.release, name, holder),
    current: (name) => call('leases', 'leases.current', store.current, name),
  }),
});
