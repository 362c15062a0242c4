// `greenroom migrate FOLDER`: everything that an embedded deployment holds, into the empty MongoDB database of the settings. The
// folder is only read, and held from the first look to the last; a row is inserted if it is absent, so a migration that was cut
// off is done again. Both sides are counted and digested at the end, and nobody serves the database before they are the same.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '#src/config/options.ts';
import { profileOf } from '#src/config/profile.ts';
import { DomainError } from '#src/domain/errors.ts';
import { pinoLogger } from '#src/observability/logger.ts';
import type { StoreContents, StorePart } from '#src/ports/store-contents.ts';
import { openContents } from './adapters/embedded/contents.ts';
import { databasePath } from './adapters/embedded/engines.ts';
import { type Inspection, inspectDatabase } from './adapters/embedded/inspection.ts';
import { lockFolder } from './adapters/embedded/lock.ts';
import type { MigrationTarget } from './adapters/mongo/contents.ts';
import { openMigrationTarget } from './adapters/mongo/engines.ts';
import { storeOptions } from './adapters/server-options.ts';
import { systemClock } from './adapters/system/clock.ts';
import { foundAt } from './disk.ts';
import { fileTrouble } from './file-trouble.ts';
import { holdingLines } from './holding-lines.ts';
import { assertKnownMachines } from './known-machines.ts';
import { compareTallies, digestOfStore, type PartTally, type StoreTally, startTally } from './store-tally.ts';

type Target = Omit<MigrationTarget, 'close'>;
type Tell = (lines: readonly string[]) => void;

/** Answers the exit code: 0 only when both sides are the same. @throws DomainError with a sentence for the operator */
export async function migrateCommand(config: Config, folder: string, tell: Tell): Promise<number> {
  if (profileOf(config) !== 'distributed') throw notDistributed();
  const dataDir = resolve(folder);
  const database = databasePath(dataDir);
  try {
    if ((await foundAt(database)) === null) throw nothingThere(dataDir);
    const lock = await lockFolder(dataDir);
    try {
      return await migrate(config, dataDir, tell);
    } finally {
      lock.release();
    }
  } catch (error) {
    throw fileTrouble(error, 'The data folder could not be migrated', database);
  }
}

async function migrate(config: Config, dataDir: string, tell: Tell): Promise<number> {
  const logger = pinoLogger({ level: 'error', process: 'migrate' });
  const place = { clock: systemClock(), logger, process: 'migrate' };
  const target = await openMigrationTarget(storeOptions(config, place));
  try {
    const inspection = await inspectDatabase(databasePath(dataDir));
    assertKnownMachines(inspection, 'this data folder');
    tell([`${dataDir} holds`, ...holdingLines(inspection), ...unfinishedLines(inspection)]);
    const source = await openContents(databasePath(dataDir));
    const code = await carry(source, target, tell).finally(source.close);
    if (code === 0) tell([await keyLine(dataDir, config['secret.key']), ending]);
    return code;
  } finally {
    await target.close();
  }
}

/** Answers the exit code. Nobody writes on either side meanwhile. */
export async function carry(source: StoreContents, target: Target, tell: Tell): Promise<number> {
  const clock = systemClock();
  const before = await tallyOf(source);
  const begun = await target.begin(digestOfStore(before), clock.now());
  tell([begun === 'begun' ? 'Copying' : 'Copying again what was cut off']);
  for (const part of await source.parts()) await target.write(part, source.rows(part));
  const { lines, different } = compareTallies(before, await tallyOf(target));
  tell(lines);
  if (different.length > 0) {
    tell([
      `Not the same: ${different.join(', ')}. The database is not served; drop it and begin again, with nobody else writing in it`,
    ]);
    return 1;
  }
  await target.finish(clock.now());
  return 0;
}

async function tallyOf(contents: StoreContents): Promise<StoreTally> {
  const tally: [StorePart, PartTally][] = [];
  for (const part of await contents.parts()) {
    const tallying = startTally();
    for await (const row of contents.rows(part)) tallying.add(row);
    tally.push([part, tallying.result()]);
  }
  return new Map(tally);
}

const ending =
  'Everything is the same on both sides. From now on serve MongoDB alone: a run that goes on in both would run twice.';

const unfinishedLines = ({ records }: Inspection): string[] => {
  const unfinished = records.reduce((sum, held) => sum + held.unfinished, 0);
  return unfinished === 0
    ? []
    : ['What is unfinished goes on where MongoDB is served; a script that ran here is run once more.'];
};

/** Only sessions need the key: passwords and tokens are hashed without it. */
export async function keyLine(dataDir: string, key: string): Promise<string> {
  const path = join(dataDir, 'secret.key');
  if ((await foundAt(path)) === null)
    return 'The data folder holds no secret key. With the one that its settings gave, sessions go on.';
  return (await readFile(path, 'utf8')).trim() === key
    ? 'The secret key is that of the data folder: sessions go on.'
    : 'The secret key is not that of the data folder: everybody signs in anew.';
}

const notDistributed = (): DomainError =>
  new DomainError(
    'validation',
    'migrate fills the MongoDB database of a distributed profile: give mongodb.uri, kafka.brokers, redis.url and secret.key',
  );

const nothingThere = (dataDir: string): DomainError =>
  new DomainError('validation', 'There is no database in this data folder', { detail: dataDir });
