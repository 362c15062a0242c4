import { describe, expect, test } from 'bun:test';
import { banRules } from './bans.ts';
import { cycles, importGraph, unreachable } from './graph.ts';
import { aliasRule, layerRule, orderRule } from './layers.ts';
import { headerRule, nameRule, sizeRule } from './shape.ts';
import { sourceFiles } from './source.ts';

const files = await sourceFiles();
const rules = [layerRule, aliasRule, orderRule, sizeRule, nameRule, headerRule, ...banRules];

/** What a person or a tool starts by name: commands, tests, suites run by a script, configuration files. */
const isRoot = (path: string): boolean =>
  /^src\/(main|cli)\.ts$/.test(path) ||
  /^scripts\/[^/]+\.(ts|mjs)$/.test(path) ||
  /\.(test|spec|e2e)\.ts$/.test(path) ||
  /^tests\/support\/preload\.ts$/.test(path) ||
  /^web\/(vite\.config|src\/main)\.ts$/.test(path) ||
  /^tests\/(corpus|e2e|bench|machines|mutants|soak|engines|kubernetes)\/[a-z-]+\.(ts|config\.ts)$/.test(
    path,
  ) ||
  /^tests\/api\/write-golden\.ts$/.test(path) ||
  // Python is reached through the list of embedded files, which has its own test; attacks are read by name.
  path.endsWith('.py') ||
  path.endsWith('.d.ts') ||
  /^tests\/adapters\/.*\/[a-z-]+\.ts$/.test(path);

describe.each(rules.map((rule) => [rule.name, rule] as const))('%s', (_name, rule) => {
  test('holds in the whole tree', () => {
    expect(files.flatMap((file) => rule.violations(file))).toEqual([]);
  });

  test('refuses each bad sample and accepts the good ones', () => {
    for (const sample of rule.bad)
      expect([sample, rule.violations(sample).length > 0]).toEqual([sample, true]);
    for (const sample of rule.good ?? []) expect(rule.violations(sample)).toEqual([]);
  });
});

describe('the import graph', () => {
  test('has no cycle', () => {
    expect(cycles(importGraph(files))).toEqual([]);
    const bad = importGraph([
      { path: 'src/a.ts', text: "import { b } from './b.ts';" },
      { path: 'src/b.ts', text: "import { a } from './a.ts';" },
    ]);
    expect(cycles(bad)).toEqual([['src/a.ts', 'src/b.ts', 'src/a.ts']]);
  });

  test('reaches every file from an entry point or a test', () => {
    expect(unreachable(importGraph(files), isRoot)).toEqual([]);
    const bad = importGraph([
      { path: 'src/main.ts', text: '' },
      { path: 'src/forgotten.ts', text: '' },
    ]);
    expect(unreachable(bad, isRoot)).toEqual(['src/forgotten.ts']);
  });

  test('imports only files that exist', () => {
    const paths = new Set(files.map(({ path }) => path));
    const missing = [...importGraph(files)].flatMap(([path, targets]) =>
      targets
        .filter(
          (target) =>
            /\.(ts|svelte)$/.test(target) && !paths.has(target) && !/\.gen\.ts$|lib\/api\//.test(target),
        )
        .map((target) => `${path} → ${target}`),
    );
    expect(missing).toEqual([]);
  });
});
