// Hostile scripts against the real sandbox, as root and as an ordinary user: the outcomes are the same but for the name that an
// excess of memory gets.
import { describe, expect, test } from 'bun:test';

import { playAttacks, type Report } from './attack-run.ts';
import { attacks } from './attack-table.ts';
import { isRoot, runAsOrdinaryUser } from './ordinary-user.ts';

const played = new Map<string, Promise<Report>>();
const once = (who: string, play: () => Promise<Report>): Promise<Report> => {
  const report = played.get(who) ?? play();
  played.set(who, report);
  return report;
};
const asOrdinaryUser = (): Promise<Report> =>
  once('user', async () => JSON.parse(await runAsOrdinaryUser('attack-run.ts')));
const asRoot = (): Promise<Report> => once('root', () => playAttacks());

const people: [string, () => Promise<Report>][] = [['an ordinary user', asOrdinaryUser]];
if (isRoot) people.unshift(['root', asRoot]);

describe.each(people)('as %s', (_who, report) => {
  test.each(attacks.map((attack) => [attack.file, attack] as const))(
    '%s is contained',
    async (_file, attack) => {
      const { results } = await report();
      const result = results.find(({ file }) => file === attack.file);
      expect(result).toBeDefined();
      if (!result) return;
      expect(attack.causes).toContain(result.cause ?? 'no account');
      if (attack.exitCode !== undefined) expect(result.exitCode).toBe(attack.exitCode);
      if (attack.stdout) expect(result.stdout).toMatch(attack.stdout);
      if (attack.artifacts) expect(result.artifacts).toMatch(attack.artifacts);
      expect(result.truncated).toBe(attack.truncated ?? false);
    },
    60_000,
  );

  test('output is cut to the byte', async () => {
    const { results } = await report();
    expect(results.find(({ file }) => file === 'floods')?.bytes).toBe(1024 * 1024 + 7);
  });

  test('nothing is left', async () => {
    expect((await report()).podsLeft).toBe(0);
  });
});

test.if(isRoot)('where a memory group counts, an excess of memory is called by its name', async () => {
  const { groups, results } = await asRoot();
  if (groups === null) return;
  expect(results.find(({ file }) => file === 'memory_one')?.cause).toBe('out_of_memory');
  expect(results.find(({ file }) => file === 'memory_descriptors')?.cause).toBe('out_of_memory');
});
