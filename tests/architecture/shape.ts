// Sizes and names: small files that a newcomer can place from their name.
import type { Rule } from './source.ts';

const linesMax = 400;
const widthMax = 140;
const meaningless = /^(?:utils?|helpers?|common|misc|manager|types|index|shared|stuff|base)$/;

export const sizeRule: Rule = {
  name: `a file has at most ${linesMax} lines of at most ${widthMax} columns`,
  violations(file) {
    const lines = file.text.split('\n');
    const long = lines.length - 1 > linesMax ? [`${file.path}: ${lines.length - 1} lines; split it`] : [];
    const wide = lines.findIndex((line) => line.length > widthMax);
    // Data that a formatter cannot break (addresses, certificates, samples) lives in its own folders.
    if (wide < 0 || /^tests\/architecture\//.test(file.path)) return long;
    return [...long, `${file.path}:${wide + 1}: more than ${widthMax} columns`];
  },
  bad: [
    { path: 'src/x.ts', text: 'x;\n'.repeat(401) },
    { path: 'src/x.ts', text: `// ${'x'.repeat(141)}` },
  ],
};

export const nameRule: Rule = {
  name: 'a file is named for what it holds, in lower case with hyphens (components in PascalCase, Python with underscores)',
  violations(file) {
    const name = file.path.split('/').at(-1) ?? '';
    const stem = name.split('.')[0] ?? '';
    if (meaningless.test(stem)) return [`${file.path}: ${stem} says nothing`];
    const form = name.endsWith('.svelte')
      ? /^[A-Z][A-Za-z0-9]*$/
      : name.endsWith('.py')
        ? /^_?_?[a-z0-9_]+$/
        : /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
    return form.test(stem) ? [] : [`${file.path}: not in the form of its kind`];
  },
  bad: [
    { path: 'src/utils.ts', text: '' },
    { path: 'src/index.ts', text: '' },
    { path: 'src/someThing.ts', text: '' },
    { path: 'web/src/page.svelte', text: '' },
  ],
};

export const headerRule: Rule = {
  name: 'a source file begins with a comment that says why it exists',
  violations(file) {
    if (!/^(src|actors|machines|scripts)\/.*\.(ts|mjs)$/.test(file.path)) return [];
    return /^(?:#![^\n]*\n)?\/\/ \S/.test(file.text) ? [] : [`${file.path}: has no header comment`];
  },
  bad: [{ path: 'src/x.ts', text: 'export const x = 1;' }],
};
