// The benchmark still works: each of its parts once and tiny, with a figure for everything that it promises. No time is judged.
import { expect, test } from 'bun:test';
import { apiRoutes } from '#tests/bench/api.ts';
import { firstOutput } from '#tests/bench/first-output.ts';
import { sagaRounds } from '#tests/bench/saga-rounds.ts';
import { start } from '#tests/bench/start.ts';

const positive = '(?=[0-9.]*[1-9])[0-9.]+';
const benches = [firstOutput, sagaRounds, apiRoutes, start];

test('everything that has a number to hold is measured, beside its reference', async () => {
  const child = Bun.spawn([process.execPath, 'tests/bench/run.ts', '--smoke'], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect([code, err]).toEqual([0, '']);
  const rows = out.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  for (const { figures } of benches) {
    for (const { name, unit, reference } of figures) {
      const row = rows.find((cells) => cells[1] === name && cells[3]?.endsWith(`(${reference})`));
      expect([name, row?.[2], row?.[3]]).toEqual([
        name,
        expect.stringMatching(new RegExp(`^${positive} ${unit}$`)),
        expect.stringMatching(new RegExp(`^${positive} \\(`)),
      ]);
    }
  }
}, 60_000);
