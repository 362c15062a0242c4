// One line of the doctor: what was looked at, and either that it is well or what to do.
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
  const { message, detail = '' } = fileTrouble(error, 'it could not be looked at', '');
  return wrong(name, detail === '' ? message : `${message} (${detail})`);
}
