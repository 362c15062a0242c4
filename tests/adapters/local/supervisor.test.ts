// The supervisor's own unit tests, by the oldest and the newest Python of this machine; and that the binary carries it whole.
import { describe, expect, test } from 'bun:test';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { supervisorFiles } from '#src/adapters/local/supervisor/files.ts';

import { oldestAndNewest } from './pythons.ts';

const source = join(import.meta.dir, '../../../src/adapters/local/supervisor');
const pythons = await oldestAndNewest();

describe.each(pythons.map((python) => [python.version, python.path] as const))(
  'Python %s',
  (_version, path) => {
    test('the parts of the supervisor do what they say', async () => {
      const command = [path, '-B', '-m', 'unittest', 'discover', '-s', join(import.meta.dir, 'supervisor')];
      const child = Bun.spawn(command, { env: { PYTHONPATH: source }, stdout: 'pipe', stderr: 'pipe' });
      const printed = await new Response(child.stderr).text();
      expect(await child.exited, printed).toBe(0);
      expect(Number(/Ran (\d+) tests/.exec(printed)?.[1])).toBeGreaterThan(40);
    });
  },
);

test('every file of the supervisor is carried along, and nothing else', async () => {
  const there = (await readdir(source)).filter((name) => name.endsWith('.py')).toSorted();
  expect(Object.keys(supervisorFiles).toSorted()).toEqual(there);
  for (const name of there) expect(supervisorFiles[name]).toBe(await Bun.file(join(source, name)).text());
});
