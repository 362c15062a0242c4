// One change of one file's text. It must fit exactly once: a mutant that no longer fits is stale and proves nothing.

export interface Edit {
  file: string;
  /** Exact text. */
  find: string;
  replace: string;
}

/** The text as changed, or null when what is to be replaced is not there exactly once. */
export function edited(text: string, { find, replace }: Edit): string | null {
  const parts = text.split(find);
  const [before, after] = parts;
  if (parts.length !== 2 || before === undefined || after === undefined) return null;
  return before + replace + after;
}
