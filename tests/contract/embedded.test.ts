// The embedded engines keep what the ports promise.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '#src/adapters/embedded/engines.ts';
import { systemClock } from '#src/adapters/system/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import { testBus } from './bus.contract.ts';
import { testDocuments } from './documents.contract.ts';
import { testLeases } from './leases.contract.ts';
import { testLimiter } from './limiter.contract.ts';
import { testLiveFeed } from './live-feed.contract.ts';
import { testOutputLog } from './output-log.contract.ts';
import { testRecords } from './records.contract.ts';

const ignore = () => undefined;
const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silent };
const clock = systemClock();

async function open() {
  const dataDir = await mkdtemp(join(tmpdir(), 'greenroom-contract-'));
  const options = { dataDir, clock, logger: silent };
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
      await rm(dataDir, { recursive: true });
    },
  };
}

testRecords('embedded', open);
testBus('embedded', open);
testOutputLog('embedded', open);
testLiveFeed('embedded', open);
testLimiter('embedded', open);
testLeases('embedded', open);
testDocuments('embedded', open);
