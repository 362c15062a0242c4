// The verdicts as a table, for the terminal and for docs/mutants.md.
import type { Verdict } from './trial.ts';

export const passed = ({ end }: Verdict): boolean => end === 'found';
export const skipped = ({ end }: Verdict): boolean => end === 'excused';

export function line(verdict: Verdict): string {
  const { mutant, end, words } = verdict;
  return `${end.padEnd(9)} ${mutant.name.padEnd(30)} ${where(verdict).padEnd(24)} ${short(words)}`;
}

export function closingLine(verdicts: readonly Verdict[]): string {
  const good = verdicts.filter(passed).length;
  const excused = verdicts.filter(skipped).length;
  return `${good} passed, ${verdicts.length - good - excused} failed, ${excused} skipped`;
}

export function markdown(title: string, verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(
    (verdict) =>
      `| ${cell(verdict.mutant.name)} | ${cell(verdict.mutant.breaks)} | ${cell(where(verdict))} | ${cell(short(verdict.words))} |`,
  );
  const head = ['| Mutant | Rule that it breaks | Noticed | Words |', '| --- | --- | --- | --- |'];
  return [`## ${title}`, '', ...head, ...rows, '', closingLine(verdicts), ''].join('\n');
}

function where({ mutant, end, found }: Verdict): string {
  if (found === null) return end === 'excused' ? `not: ${mutant.excuse?.kind}` : 'NOT';
  if (found.seed === null) return 'by a test';
  return `seed ${found.seed}, ${found.by}`;
}

const wordsMax = 140;
const short = (words: string): string => (words.length > wordsMax ? `${words.slice(0, wordsMax)}…` : words);
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
