// The languages that the platform knows; which of them are offered, and in which versions, a host or cluster decides.

export const languages = {
  python: { extension: 'py' },
  node: { extension: 'js' },
  ruby: { extension: 'rb' },
  bash: { extension: 'sh' },
  go: { extension: 'go' },
} as const;
export type Language = keyof typeof languages;

export const isLanguage = (text: string): text is Language => Object.hasOwn(languages, text);

/** The name under which a script lies in its working directory. */
export const mainFile = (language: Language): string => `main.${languages[language].extension}`;

/** Versions such as `3.9` and `3.11`, oldest first. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
