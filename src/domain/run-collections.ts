// Collections that hold a part of a run beside its record. All of it goes when the run is deleted.

/** Bodies are `RunInput`, by the run's id. Written once, before the record whose insert is the acceptance; never changed. */
export const inputsCollection = { name: 'inputs', indexes: [], durability: 'in-order' } as const;

/** Bodies are the events of runs as they passed on the bus, by their own id, written before they are acknowledged. */
export const runEventsCollection = {
  name: 'run-events',
  indexes: [{ fields: ['key', 'at'] }],
  durability: 'in-order',
} as const;
