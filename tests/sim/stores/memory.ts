// The stores in memory: the quickest, and the plainest reading of what the ports promise.
import { memoryDocuments } from './memory-documents.ts';
import { memoryLeases } from './memory-leases.ts';
import { memoryOutput } from './memory-output.ts';
import { memoryRecords } from './memory-records.ts';
import type { Stores } from './stores.ts';

export const memoryStores = (now: () => number): Stores => ({
  records: memoryRecords(),
  documents: memoryDocuments(),
  output: memoryOutput(),
  leases: memoryLeases(now),
  close: () => undefined,
});
