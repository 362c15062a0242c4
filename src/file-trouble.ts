// What went wrong with a file that an operator named, as one sentence that says what to do.
import { DomainError, isDomainError } from '#src/domain/errors.ts';

/**
 * `task`: what failed, as the beginning of a sentence: `The copy could not be written`. What is no trouble of a file comes
 * back as it is.
 */
export function fileTrouble(error: unknown, task: string, path: string): unknown {
  if (isDomainError(error) && error.kind !== 'unavailable') return error;
  const code = codeOf(error);
  if (code === '') return error;
  const why = reasons[code] ?? `the system said ${code}`;
  return new DomainError('infrastructure', `${task}: ${why}`, { detail: path, cause: error });
}

const noSpace = 'there is not enough space left; free some and try again';
const noRight = 'this user may not; check owners and modes';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: noSpace,
  EDQUOT: noSpace,
  EFBIG: noSpace,
  SQLITE_FULL: noSpace,
  SQLITE_IOERR_SHMSIZE: noSpace,
  EACCES: noRight,
  EPERM: noRight,
  EROFS: 'it lies on a file system that is read-only',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its path leads in a circle',
  SQLITE_CORRUPT: 'the database is damaged',
  SQLITE_NOTADB: 'it is no database',
  SQLITE_CANTOPEN: 'it cannot be opened; check owners and modes',
  SQLITE_BUSY: 'another process keeps it busy; try again',
};

/** Of the failure itself, or of what the store says caused it. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}
