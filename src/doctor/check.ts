// One line of the doctor: what was looked at, and either that it is well or what to do.
import { isDomainError } from '#src/domain/errors.ts';
import { fileTrouble } from '#src/file-trouble.ts';

export interface Check {
  name: string;
  well: boolean;
  words: string;
}

export const well = (name: string, words: string): Check => ({ name, well: true, words });
export const wrong = (name: string, words: string): Check => ({ name, well: false, words });

export const checkLine = ({ name, well: isWell, words }: Check): string =>
  `${isWell ? 'ok      ' : 'problem '} ${name}: ${words}`;

/** A failure of the look itself, as a problem. */
export function failed(name: string, error: unknown): Check {
  const trouble = fileTrouble(error, 'it could not be looked at', '');
  if (!(trouble instanceof Error)) return wrong(name, 'the look failed for an unknown reason');
  const detail = isDomainError(trouble) ? (trouble.detail ?? '') : '';
  return wrong(name, detail === '' ? trouble.message : `${trouble.message} (${detail})`);
}
