// What the driver's failures mean to us. None of its own words leave this file but for the cause of a broken connection: a
// server's message may quote documents, and an address holds credentials.
import {
  MongoBulkWriteError,
  MongoCompatibilityError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { DomainError, unavailable } from '#src/domain/errors.ts';

const dependency = 'mongodb';

export const noAnswer = (detail: string): DomainError => unavailable(`${dependency}: ${detail}`);

const duplicateKey = 11_000;

/** Another document holds a unique value, and nothing else is wrong. Which one is to be looked up, as not every server tells. */
export function isDuplicate(error: unknown): boolean {
  if (!(error instanceof MongoBulkWriteError))
    return error instanceof MongoServerError && error.code === duplicateKey;
  const single = [error.writeErrors].flat();
  const sure = error.result.getWriteConcernError() === undefined;
  // Without a refused write the bulk was cut off, and nobody knows what of it was done.
  return sure && single.length > 0 && single.every(({ code }) => code === duplicateKey);
}

const loginFailed = new Set<unknown>([13, 18, 8_000]);

/** The server refuses the credentials, or what they may do. */
export const isLoginFailure = (error: unknown): boolean =>
  error instanceof MongoServerError && loginFailed.has(error.code);

/** The server and the driver have no version of the protocol in common. */
export const isTooOld = (error: unknown): boolean =>
  causesOf(error).some((one) => one instanceof MongoCompatibilityError);

const spentNames: ReadonlySet<string> = new Set([
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoClientClosedError',
]);

/** The client serves no more: the driver closes one for good whose first attempt to connect finds no server. */
export const isSpent = (error: unknown): boolean =>
  error instanceof MongoServerSelectionError || (error instanceof MongoError && spentNames.has(error.name));

/** Elections, shut-downs, time-outs and writes that too few members confirmed: each passes, and the outcome is unknown. */
const passing = new Set<unknown>([
  6, 7, 50, 63, 64, 79, 89, 91, 100, 112, 133, 134, 150, 189, 202, 234, 262, 317, 358, 384, 407, 9_001,
  10_107, 11_600, 11_602, 13_435, 13_436,
]);

/** The client was closed or replaced under the call, or the call waited too long for a connection. */
const passingNames: ReadonlySet<string> = new Set([
  'MongoWaitQueueTimeoutError',
  'MongoPoolClosedError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoClientClosedError',
  'MongoServerClosedError',
  'MongoExpiredSessionError',
  'MongoOperationTimeoutError',
  'MongoStalePrimaryError',
]);

/** A duplicate key is no failure here: who writes knows what it means. Errors that are not the driver's stay as they are. */
export function domainErrorOf(error: unknown): unknown {
  if (!(error instanceof MongoError) || isDuplicate(error)) return error;
  if (error instanceof MongoBulkWriteError && error.errorResponse instanceof MongoError)
    return domainErrorOf(error.errorResponse);
  if (isTooOld(error)) return new DomainError('infrastructure', tooOldWords, { detail: dependency });
  if (error instanceof MongoServerSelectionError || error instanceof MongoNetworkError)
    return noAnswer(error.message);
  if (error instanceof MongoServerError) return serverFailure(error);
  return passingNames.has(error.name) ? noAnswer(error.name) : broken(error.name);
}

export const tooOldWords = 'The MongoDB server is too old: version 4.4 or newer is needed';

function serverFailure(error: MongoServerError): DomainError {
  const words = `${error.name} ${String(error.code)} ${error.codeName ?? ''}`.trim();
  if (isLoginFailure(error))
    return new DomainError('infrastructure', 'The MongoDB server refuses the user or the password', {
      detail: `${dependency}: ${words}`,
    });
  const passes = passing.has(error.code) || error.hasErrorLabel('RetryableWriteError');
  return passes ? noAnswer(words) : broken(words);
}

const broken = (words: string): DomainError =>
  new DomainError('infrastructure', 'The store could not do its work', { detail: `${dependency}: ${words}` });

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let one = error; one instanceof Error && causes.length < 8; one = one.cause) causes.push(one);
  return causes;
}
