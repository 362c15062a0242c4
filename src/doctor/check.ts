// One line of the doctor: what was looked at, and either that it is well or what to do.

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
  const words = error instanceof Error ? error.message : 'the look failed for an unknown reason';
  const detail = error instanceof Error && 'detail' in error ? error.detail : undefined;
  return wrong(name, typeof detail === 'string' ? `${words} (${detail})` : words);
}
