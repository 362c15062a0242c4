// Seeds that once failed, with what was wrong. They run first, so that a mended fault cannot come back unnoticed.

export interface Regression {
  seed: number;
  was: string;
}

export const regressions: readonly Regression[] = [
  {
    seed: 23,
    was: 'a run was repeated on a late word that it could not start, though it had ended meanwhile',
  },
  { seed: 703, was: 'the same, for an image that could be pulled after all' },
  { seed: 134, was: 'force spared the last words of a cancelled script' },
  { seed: 647, was: 'a script whose first monitor died before it stored a frame was deleted unheard' },
  { seed: 72, was: 'a forgotten lease let another process take a living owner for dead' },
  { seed: 120, was: 'the same, for the first attempt' },
  { seed: 16, was: 'a run whose owner had died was called overdue by another process' },
  { seed: 190, was: 'the same, after a power cut' },
];
