// Collections that hold a part of a run beside its record. All of it goes when the run is deleted.

/** Bodies are `RunInput`, by the run's id. Written once, before the record; never changed. */
export const inputsCollection = { name: 'inputs', indexes: [] };

/** Bodies are the events of runs as they passed on the bus, by their own id. */
export const runEventsCollection = { name: 'run-events', indexes: [{ fields: ['key', 'at'] }] };
