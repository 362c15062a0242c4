// The bench on real servers still works: each of its parts once and tiny, with a figure for everything that it promises. No
// time is judged.
import { expect, test } from 'bun:test';

test('what is measured on the servers is measured beside its reference, and where the time goes is told', async () => {
  const child = Bun.spawn([process.execPath, 'tests/bench/run.ts', '--engines', '--smoke'], {
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
  const amount = '(?=[0-9.]*[1-9])[0-9.]+';
  const row = (name: string, unit: string): RegExp =>
    new RegExp(`^\\| ${name} \\| ${amount} ${unit} \\| ${amount} \\(`, 'm');
  for (const [name, unit] of [
    ['overhead alone, p50', 'ms'],
    ['overhead alone, p99', 'ms'],
    ['200 at once', 'per second'],
    ['p50', 'ms'],
    ['p95', 'ms'],
  ] as const)
    expect(out).toMatch(row(name, unit));
  expect(out).toMatch(/a run alone \(p50 [0-9.]+ ms\) waits, in the mean, [0-9.]+ ms for the database/);
  expect(out).toMatch(/records\.commit [0-9.]+ × [0-9.]+ ms/);
  expect(out).toMatch(/bytes that each left in MongoDB, by collection: .*records [1-9]/);
  expect(out).toMatch(/of each on Kafka: .*messages [1-9]/);
}, 300_000);
