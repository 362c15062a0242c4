// What many seeds met, grouped for people: as lines for a terminal, as tables for the documents.
import type { Counts } from './coverage.ts';
import { type Unmet, unmet } from './coverage-unmet.ts';

export interface Played {
  from: number;
  /** Without the regressions, which are always played. */
  seeds: number;
  regressions: number;
  /** One line for each seed that broke. */
  broken: readonly string[];
  steps: number;
  virtualMs: number;
  counts: Counts;
}

interface Group {
  title: string;
  rows: readonly { what: string; times: number }[];
}

const kinds = ['end', 'fault', 'exit', 'state', 'turn', 'effect'] as const;
const titles: Readonly<Record<string, string>> = {
  end: 'Reasons of ends',
  fault: 'Faults',
  exit: 'Accounts of supervisors',
  state: 'States',
  turn: 'Turns',
  effect: 'Effects',
};

/** What is counted per machine has a group for each of them. */
export function groupsOf(counts: Counts): Group[] {
  const groups = new Map<string, { what: string; times: number }[]>();
  for (const [label, times] of Object.entries(counts)) {
    const [title, what] = placeOf(label);
    groups.set(title, [...(groups.get(title) ?? []), { what, times }]);
  }
  return [...groups]
    .map(([title, rows]) => ({
      title,
      rows: rows.sort((left, right) => right.times - left.times || (left.what < right.what ? -1 : 1)),
    }))
    .sort((left, right) => rankOf(left.title) - rankOf(right.title) || (left.title < right.title ? -1 : 1));
}

const rankOf = (title: string): number => {
  const rank = kinds.findIndex((kind) => title.startsWith(titles[kind] ?? '-'));
  return rank < 0 ? kinds.length : rank;
};

function placeOf(label: string): [title: string, what: string] {
  const [kind = '', rest] = label.split(/: (.*)/s);
  const title = titles[kind];
  if (title === undefined || rest === undefined) return ['What else was met', label];
  if (!['state', 'turn', 'effect'].includes(kind)) return [title, rest];
  const [machine = '', ...words] = rest.split(' ');
  const [first = '', event, to] = words;
  return [`${title}: ${machine}`, event === undefined ? first : `${first} —${event}→ ${to}`];
}

const number = new Intl.NumberFormat('en-GB');

export const lines = (counts: Counts): string[] =>
  groupsOf(counts).flatMap(({ title, rows }) => [
    '',
    title,
    ...rows.map(({ what, times }) => `${number.format(times).padStart(12)}  ${what}`),
  ]);

export function markdown(of: Played): string {
  const { from, seeds, regressions, broken, steps, virtualMs, counts } = of;
  const [played, done] = [number.format(seeds), number.format(steps)];
  const hours = number.format(Math.round(virtualMs / 3_600_000));
  return `# Simulation

What ${played} seeds from ${number.format(from)} on and ${regressions} regressions met: ${done} steps in ${hours} hours of
virtual time, **${broken.length} broken**. In each of them every law of safety was checked at each commit, start and
chunk; and once nothing failed any more, every run had to be final with one reason, its slots and pods given back, and
no message left. Written by \`npm run sim -- --seeds ${seeds} --from ${from} --tally FILE\`.
${broken.map((line) => `\n- ${line}`).join('')}
${groupsOf(counts).map(table).join('\n')}
## Not met, and why

${Object.entries(unmet)
  .map(([what, why]) => `- \`${what}\`: ${reasonOf(why)}`)
  .join('\n')}
`;
}

const reasonOf = (why: Unmet): string => {
  if ('never' in why) return `never; ${why.never}`;
  return 'rare' in why ? `rare; ${why.rare}` : `unlikely; ${why.unlikely}`;
};

const table = ({ title, rows }: Group): string => `## ${title}

| | times |
|---|--:|
${rows.map(({ what, times }) => `| ${what} | ${number.format(times)} |`).join('\n')}
`;
