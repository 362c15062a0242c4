// Who had the folder before: known to whoever has it now, and bounded.
import { afterEach, expect, test } from 'bun:test';
import { succeed } from '#src/adapters/local/former-owners.ts';
import { type DataFolder, dataFolder } from '#tests/support/data-folder.ts';

const folders: DataFolder[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await folder.remove();
});

test('each process knows those before it, and not itself', async () => {
  const folder = await dataFolder();
  folders.push(folder);
  expect(await succeed(folder.path, 'first')).toEqual([]);
  expect(await succeed(folder.path, 'second')).toEqual(['first']);
  expect(await succeed(folder.path, 'third')).toEqual(['first', 'second']);
});

test('the list does not grow for ever', async () => {
  const folder = await dataFolder();
  folders.push(folder);
  for (let number = 0; number < 60; number += 1) await succeed(folder.path, `p${number}`);
  const names = await succeed(folder.path, 'last');
  expect([names.length, names.at(-1)]).toEqual([50, 'p59']);
});
