// Records as views read them: whatever version wrote one, its snapshot has the shape of the present one. Only for reading:
// who changes a record goes through the kernel, which decides by itself which version it writes.
import { asCurrent, type Machines } from '#machines/registry.ts';
import type { Records } from '#src/ports/records.ts';

export const readableRecords = (records: Records, machines?: Machines): Records => ({
  ...records,
  async load(machine, id) {
    const record = await records.load(machine, id);
    return record === null ? null : asCurrent(record, machines);
  },
  async find(machine, query) {
    const page = await records.find(machine, query);
    return { ...page, rows: page.rows.map((record) => asCurrent(record, machines)) };
  },
});
