// Which rows of records are on the bus: many marks in one request, one request at a time. Nobody builds on a mark, so none is in
// a hurry; one that fails is left to whoever asked for it.
import type { Collection, Db } from 'mongodb';
import type { MongoGate } from './gate.ts';
import { documentId, type RecordDocument, recordsCollection } from './record-document.ts';

export type Mark = (machine: string, id: string, row: number) => Promise<void>;

interface Waiting {
  _id: string;
  row: number;
  resolve(): void;
  reject(error: unknown): void;
}

const togetherMax = 100;

export function recordMarks({ call }: Pick<MongoGate, 'call'>): Mark {
  const waiting: Waiting[] = [];
  let busy = false;

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, togetherMax);
      try {
        await call((db) => write(recordsOf(db), batch));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        // Those that wait would wait for the same server.
        for (const { reject } of [...batch, ...waiting.splice(0)]) reject(error);
      }
    }
    busy = false;
  }

  return (machine, id, row) =>
    new Promise((resolve, reject) => {
      waiting.push({ _id: documentId(machine, id), row, resolve, reject });
      if (busy) return;
      busy = true;
      void writeAll();
    });
}

const recordsOf = (db: Db): Collection<RecordDocument> => db.collection<RecordDocument>(recordsCollection);

const write = (records: Collection<RecordDocument>, batch: readonly Waiting[]): Promise<unknown> =>
  records.bulkWrite(
    batch.map(({ _id, row }) => ({
      updateOne: {
        filter: { _id, sentThrough: { $lt: row } },
        update: { $max: { sentThrough: row }, $pull: { unsent: { n: { $lte: row } } } },
      },
    })),
    { ordered: false },
  );
