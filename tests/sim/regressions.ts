// Seeds that once failed, with what was wrong. They run first, so that a mended fault cannot come back unnoticed.

export interface Regression {
  seed: number;
  was: string;
}

export const regressions: readonly Regression[] = [];
