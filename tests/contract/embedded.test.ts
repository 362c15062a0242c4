// The embedded engines keep what the ports promise.
import { openEmbedded } from '#src/adapters/embedded/engines.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import { dataFolder } from '#tests/support/data-folder.ts';
import { quietLogger } from '#tests/support/quiet-logger.ts';
import { testBus } from './bus.contract.ts';
import { testDocuments } from './documents.contract.ts';
import { testLeases } from './leases.contract.ts';
import { testLimiter } from './limiter.contract.ts';
import { testLiveFeed } from './live-feed.contract.ts';
import { testOutputLog } from './output-log.contract.ts';
import { testPublishing } from './record-publishing.contract.ts';
import { testRecords } from './records.contract.ts';

const clock = systemClock();

async function open() {
  const folder = await dataFolder();
  const options = { dataDir: folder.path, clock, logger: quietLogger() };
  let engines = await openEmbedded(options);
  return {
    ...engines,
    clock,
    reopen: async () => {
      await engines.close();
      engines = await openEmbedded(options);
      return engines.bus;
    },
    close: async () => {
      await engines.close();
      await folder.remove();
    },
  };
}

testRecords('embedded', open);
testPublishing('embedded', async () => ({ ...(await open()), publishes: true }));
testBus('embedded', open);
testOutputLog('embedded', open);
testLiveFeed('embedded', open);
testLimiter('embedded', open);
testLeases('embedded', open);
testDocuments('embedded', open);
