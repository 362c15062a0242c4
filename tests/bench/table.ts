// What was measured, as Markdown: one line a figure, and each round's figures below.
import { type Bound, type Figure, holds, type Measured, type Sample } from './bench.ts';
import { median } from './measured.ts';

export function tableOf(all: readonly Measured[]): string {
  const lines = [
    '| what | ours | reference | ratio | goal | held |',
    '| --- | ---: | --- | ---: | --- | --- |',
    ...all.flatMap(summary),
    '',
    'Each figure is the median of its rounds; a ratio is the median of the rounds’ ratios. Every round, ours / reference:',
    ...all.flatMap(everyRound),
    ...all.flatMap(({ bench, notes }) =>
      notes.length === 0 ? [] : ['', `${bench.title}: ${notes.join('; ')}.`],
    ),
  ];
  return lines.join('\n');
}

/** One line for each figure that is not what it should be. */
export const failures = (all: readonly Measured[]): string[] =>
  all.flatMap(({ bench, rounds }) =>
    bench.figures.flatMap((figure, index) => {
      const { held } = judged(figure, samplesOf(rounds, index));
      return held === false ? [`${bench.title}: ${figure.name}`] : [];
    }),
  );

function summary({ bench, rounds }: Measured): string[] {
  return [
    `| **${bench.title}** | | | | | |`,
    ...bench.figures.map((figure, index) => {
      const { ours, reference, ratio, held } = judged(figure, samplesOf(rounds, index));
      const cells = [
        figure.name,
        `${written(ours)} ${figure.unit}`,
        `${written(reference)} (${figure.reference})`,
        ratio.toFixed(2),
        goalsOf(figure),
        held === null ? '' : held ? 'yes' : '**no**',
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  ];
}

function everyRound({ bench, rounds }: Measured): string[] {
  const lines = bench.figures.map((figure, index) => {
    const each = samplesOf(rounds, index).map(
      ({ ours, reference }) => `${written(ours)} / ${written(reference)}`,
    );
    return `- ${figure.name}, ${figure.unit}, beside ${figure.reference}: ${each.join(', ')}`;
  });
  return ['', `${bench.title}:`, '', ...lines];
}

const samplesOf = (rounds: Measured['rounds'], figure: number): Sample[] =>
  rounds.flatMap((round) => round[figure] ?? []);

function judged({ goal, ratioGoal }: Figure, samples: readonly Sample[]) {
  const ours = median(samples.map((sample) => sample.ours));
  const reference = median(samples.map((sample) => sample.reference));
  const ratio = median(samples.map((sample) => sample.ours / sample.reference));
  const bounds: readonly (readonly [number, Bound | undefined])[] = [
    [ours, goal],
    [ratio, ratioGoal],
  ];
  const known = bounds.flatMap(([value, bound]) => (bound === undefined ? [] : [holds(value, bound)]));
  return { ours, reference, ratio, held: known.length === 0 ? null : known.every(Boolean) };
}

function goalsOf({ goal, ratioGoal, unit }: Figure): string {
  const told = (bound: Bound | undefined, word: string): string[] => {
    if (bound === undefined) return [];
    const { most, least } = bound;
    return [most === undefined ? `≥ ${least} ${word}` : `≤ ${most} ${word}`];
  };
  return [...told(goal, unit), ...told(ratioGoal, '× reference')].join(', ');
}

const written = (value: number): string =>
  value >= 100 ? String(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2);
