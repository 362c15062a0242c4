// Every mutant still fits the source: one that does not would prove nothing any more.
import { describe, expect, test } from 'bun:test';
import { edited } from './edit.ts';
import { effectMutants } from './effect-mutants.ts';
import { editsOf } from './mutant.ts';
import { mutants } from './mutants.ts';

const source = new URL('../../', import.meta.url);

describe('a mutant', () => {
  const all = [...mutants, ...effectMutants];

  test.each(all.map((mutant) => [mutant.name, mutant] as const))('%s fits once', async (_, mutant) => {
    const texts = new Map<string, string>();
    for (const edit of editsOf(mutant)) {
      const text = texts.get(edit.file) ?? (await Bun.file(new URL(edit.file, source)).text());
      const changed = edited(text, edit);
      expect(changed).not.toBeNull();
      expect(changed).not.toBe(text);
      texts.set(edit.file, changed ?? text);
    }
  });

  test('has a name of its own, and one sentence', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { breaks } of all) expect(breaks).toMatch(/^[A-Z].*\.$/);
  });

  test('that fits nowhere or twice is refused', () => {
    const edit = { file: 'any', find: 'b', replace: 'c' };
    expect(edited('abd', edit)).toBe('acd');
    expect(edited('ad', edit)).toBeNull();
    expect(edited('abdb', edit)).toBeNull();
  });
});
