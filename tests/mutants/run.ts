// `npm run mutants [-- --only NAME] [--seeds 500] [--effects] [--write]`: breaks one rule of the core after the other, in a copy
// of the source, and says which of them the simulation notices. `--write` keeps both tables in docs/mutants.md.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { effectMutants } from './effect-mutants.ts';
import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';
import { closingLine, line, markdown, passed, skipped } from './table.ts';
import { baseline, seedsMaxByDefault, tryOut, type Verdict } from './trial.ts';
import { createWorkplace } from './workplace.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seeds: { type: 'string', default: String(seedsMaxByDefault) },
    /** Each effect of an execution in turn instead of the rules. */
    effects: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

const source = resolve(import.meta.dir, '../..');
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const workplace = await createWorkplace(source);
const leave = (): void => void workplace.remove().finally(() => process.exit(130));
process.once('SIGINT', leave);
process.once('SIGTERM', leave);

try {
  const unsound = await baseline(workplace);
  if (unsound !== null) throw new Error(`the source itself does not hold: ${unsound}`);
  const rules = values.effects ? [] : await tryAll(chosen(mutants));
  const effects = values.effects || values.write ? await tryAll(chosen(effectMutants)) : [];
  const all = [...rules, ...effects];
  if (values.write) await Bun.write(resolve(source, 'docs/mutants.md'), page(rules, effects));
  print(closingLine(all));
  process.exitCode = all.every((verdict) => passed(verdict) || skipped(verdict)) ? 0 : 1;
} finally {
  await workplace.remove();
}

function chosen(from: readonly Mutant[]): readonly Mutant[] {
  return values.only.length === 0 ? from : from.filter(({ name }) => values.only.includes(name));
}

async function tryAll(list: readonly Mutant[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const mutant of list) {
    const verdict = await tryOut(workplace, mutant, Number(values.seeds));
    verdicts.push(verdict);
    print(line(verdict));
  }
  return verdicts;
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
