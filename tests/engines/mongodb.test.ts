// The engines on a MongoDB server keep what the ports promise.
import { openEmbedded } from '#src/adapters/embedded/engines.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import { testDocuments } from '#tests/contract/documents.contract.ts';
import { testOutputLog } from '#tests/contract/output-log.contract.ts';
import { testPublishing } from '#tests/contract/record-publishing.contract.ts';
import { testRecords } from '#tests/contract/records.contract.ts';
import { dataFolder } from '#tests/support/data-folder.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { openOnMongoDb } from './mongodb-database.ts';

testRecords('mongodb', openOnMongoDb);
testOutputLog('mongodb', openOnMongoDb);
testDocuments('mongodb', openOnMongoDb);

/** The bus lies elsewhere, so what is said stays in the outbox. */
testPublishing('mongodb', async () => {
  const mongo = await openOnMongoDb();
  const folder = await dataFolder();
  const { bus, close } = await openEmbedded({
    dataDir: folder.path,
    clock: systemClock(),
    logger: quietLogger(),
  });
  return {
    ...mongo,
    bus,
    publishes: false,
    close: async () => {
      await close();
      await folder.remove();
      await mongo.close();
    },
  };
});
