// `npm run mutants [-- --only NAME] [--seeds 500] [--effects] [--jobs 1] [--write]`: breaks one rule of the core after the other, in a copy
// of the source, and says which of them the simulation notices. `--write` keeps both tables in docs/mutants.md.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { effectMutants } from './effect-mutants.ts';
import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';
import { closingLine, line, markdown, passed, skipped } from './table.ts';
import { baseline, seedsMaxByDefault, tryOut, type Verdict } from './trial.ts';
import { createWorkplace, type Workplace } from './workplace.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seeds: { type: 'string', default: String(seedsMaxByDefault) },
    /** Each effect of an execution in turn instead of the rules. */
    effects: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    /** So many mutants side by side, each in a copy of its own. */
    jobs: { type: 'string', default: '1' },
  },
});

const source = resolve(import.meta.dir, '../..');
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const workplaces = await Promise.all(
  Array.from({ length: Number(values.jobs) }, () => createWorkplace(source)),
);
const leave = (): void => void clearUp().finally(() => process.exit(130));
process.once('SIGINT', leave);
process.once('SIGTERM', leave);

try {
  const unsound = await baseline(firstOf(workplaces));
  if (unsound !== null) throw new Error(`the source itself does not hold: ${unsound}`);
  const rules = values.effects ? [] : await tryAll(chosen(mutants));
  const effects = values.effects || values.write ? await tryAll(chosen(effectMutants)) : [];
  const all = [...rules, ...effects];
  if (values.write) await Bun.write(resolve(source, 'docs/mutants.md'), page(rules, effects));
  print(closingLine(all));
  process.exitCode = all.every((verdict) => passed(verdict) || skipped(verdict)) ? 0 : 1;
} finally {
  await clearUp();
}

async function clearUp(): Promise<void> {
  await Promise.all(workplaces.map(({ remove }) => remove()));
}

function firstOf([first]: readonly Workplace[]): Workplace {
  if (first === undefined) throw new Error('at least one job is needed');
  return first;
}

function chosen(from: readonly Mutant[]): readonly Mutant[] {
  return values.only.length === 0 ? from : from.filter(({ name }) => values.only.includes(name));
}

/** Verdicts in the order of the list, whichever comes first. */
async function tryAll(list: readonly Mutant[]): Promise<Verdict[]> {
  const verdicts = new Map<Mutant, Verdict>();
  const waiting = [...list];
  const work = async (workplace: Workplace): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const verdict = await tryOut(workplace, mutant, Number(values.seeds));
      verdicts.set(mutant, verdict);
      print(line(verdict));
    }
  };
  await Promise.all(workplaces.map(work));
  return list.flatMap((mutant) => verdicts.get(mutant) ?? []);
}

function page(rules: readonly Verdict[], effects: readonly Verdict[]): string {
  return `# Mutants

What the simulation is worth: each row is a rule of the core, broken on purpose in a copy of the source, and the first seed at
which \`tests/sim\` noticed it. A law stops the world in the moment in which it is broken (safety), or something was still open
when nothing failed any more (liveness). Written by \`npm run mutants -- --write\`; a change of the faults shifts the seeds.

A mutant that nobody notices is a failure, unless it is excused: *covered* by a test that is played here, too; *rare*; or
*spare*, because another rule bears the same, so that breaking this one alone changes nothing.

${markdown('Rules', rules)}
${markdown('Effects that are never emitted', effects)}`;
}
