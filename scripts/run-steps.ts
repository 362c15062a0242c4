// `bun scripts/run-steps.ts check|test|engines`: runs the steps, prints what failed and one closing line.
import { mkdir, rm } from 'node:fs/promises';
import { checkSteps, engineSteps, type Step, testSteps } from './steps.ts';
import { add, closingLine, combine, fromClosingLine, fromJunit, nothing, type Tally } from './tally.ts';

const suites: Readonly<Record<string, readonly Step[]>> = {
  check: checkSteps,
  test: testSteps,
  engines: engineSteps,
};
const steps = suites[Bun.argv[2] ?? ''];
if (steps === undefined) {
  process.stderr.write(`say which: ${Object.keys(suites).join(', ')}\n`);
  process.exit(2);
}

await mkdir('.cache', { recursive: true });
let total = nothing;
for (const step of steps) total = add(total, await run(step));
process.stdout.write(`${closingLine(total)}\n`);
// Left to end by itself, so that the last line reaches a pipe too.
process.exitCode = total.failed === 0 ? 0 : 1;

async function run(step: Step): Promise<Tally> {
  const began = Bun.nanoseconds();
  // The report of an earlier run must not pass for this one's.
  if (typeof step.report === 'object') await rm(step.report.junit, { force: true });
  const child = Bun.spawn([process.execPath, ...step.command.slice(1)], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' },
  });
  const [output, errors, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const tally = combine(await reported(step, output), exitCode);
  const seconds = ((Bun.nanoseconds() - began) / 1e9).toFixed(1);
  process.stdout.write(`${step.name}: ${closingLine(tally)} (${seconds} s)\n`);
  if (tally.failed > 0) process.stdout.write(indent(failuresOf(output, errors)));
  return tally;
}

async function reported(step: Step, output: string): Promise<Tally | null> {
  if (step.report === undefined) return null;
  if (step.report === 'closing-line') return fromClosingLine(output);
  const file = Bun.file(step.report.junit);
  return (await file.exists()) ? fromJunit(await file.text()) : null;
}

/** Passing tests are many and say nothing; what is left is the story of the failure. */
function failuresOf(output: string, errors: string): string {
  const lines = `${output}\n${errors}`
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('(pass)'));
  return lines.slice(-400).join('\n');
}

function indent(text: string): string {
  return `${text.replaceAll(/^/gm, '    ')}\n`;
}
