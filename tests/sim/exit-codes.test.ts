// How the command ends: each exit code is seen, on a copy of the source in which one thing is broken.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { resolve } from 'node:path';
import type { Edit } from '#tests/mutants/edit.ts';
import { editsOf } from '#tests/mutants/mutant.ts';
import { mutants } from '#tests/mutants/mutants.ts';
import { createWorkplace, type Workplace } from '#tests/mutants/workplace.ts';

let workplace: Workplace;
beforeAll(async () => {
  workplace = await createWorkplace(resolve(import.meta.dir, '../..'));
});
afterAll(() => workplace.remove());

async function played(
  edits: readonly Edit[],
  ...options: string[]
): Promise<{ code: number; words: string }> {
  expect(await workplace.apply(edits)).toBeNull();
  const child = Bun.spawn([process.execPath, 'scripts/sim.ts', '--seeds', '2', ...options], {
    cwd: workplace.folder,
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [words, complaints] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, words: words + complaints };
}

const ruleBroken = (name: string): Edit[] =>
  mutants.filter((mutant) => mutant.name === name).flatMap((mutant) => editsOf(mutant));

const fewerSeeds: Edit = {
  file: 'tests/sim/coverage.ts',
  find: 'export const coverageFrom = 200;',
  replace: 'export const coverageFrom = 2;',
};

describe('the simulation ends with', () => {
  test('0 when everything holds, and says so', async () => {
    const { code, words } = await played([]);
    expect(words).toMatch(/^\d+ seeds, 0 broken\n$/);
    expect(code).toBe(0);
  });

  test('1 when something unsafe happened', async () => {
    const { code, words } = await played(ruleBroken('accepted-early'), '--once');
    expect(words).toMatch(/seed \d+ safety: .* was said to be submitted, and is not there/);
    expect(code).toBe(1);
  });

  test('1 when a promise was left rejected', async () => {
    const left: Edit = {
      file: 'actors/looking.ts',
      find: '  while (!signal.aborted) {\n',
      replace: "  void Promise.reject(new Error('left alone'));\n  while (!signal.aborted) {\n",
    };
    const { code, words } = await played([left], '--once');
    expect(words).toMatch(/seed \d+ safety: a promise .* was left rejected: .*left alone/);
    expect(code).toBe(1);
  });

  test('2 when something never ended', async () => {
    const impatient: Edit = {
      file: 'tests/sim/simulate.ts',
      find: 'const REST_MS = ',
      replace: 'const REST_MS = 5_000 || ',
    };
    const { code, words } = await played([...ruleBroken('never-marked'), impatient], '--once');
    expect(words).toMatch(/seed \d+ liveness: .* has unsent rows/);
    expect(code).toBe(2);
  });

  test('2 when something was never met', async () => {
    const { code, words } = await played([fewerSeeds], '--once');
    expect(words).toMatch(/^never met: turn: execution /m);
    expect(words).toContain('0 broken');
    expect(code).toBe(2);
  });

  test('2 when something was met that is said never to be', async () => {
    const wrong: Edit = {
      file: 'tests/sim/coverage-unmet.ts',
      find: "'ending TIMER_FIRED', finals",
      replace: "'queued ADMITTED', ['starting']",
    };
    const { code, words } = await played([wrong], '--once');
    expect(words).toContain('met, and should never be: turn: execution queued ADMITTED starting\n');
    expect(code).toBe(2);
  });

  test('3 when a seed is not the same twice', async () => {
    const chance: Edit = {
      file: 'actors/looking.ts',
      find: 'bell.wait(ports.clock, waitMs, signal)',
      replace: 'bell.wait(ports.clock, waitMs + Math.random(), signal)',
    };
    const { code, words } = await played([chance]);
    expect(words).toMatch(/seed \d+ is not the same twice/);
    expect(code).toBe(3);
  });

  test('3 when a seed is not the same on another store', async () => {
    const forgotten: Edit = {
      file: 'tests/sim/stores/memory-records.ts',
      find: '.sort((left, right) => left.at - right.at)',
      replace: '.sort((left, right) => right.at - left.at)',
    };
    const { code, words } = await played([forgotten], '--store', 'sqlite');
    expect(words).toMatch(/seed \d+ is not the same in memory and on sqlite/);
    expect(code).toBe(3);
  });
});
