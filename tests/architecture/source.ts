// The tree as the rules see it: our own source files, read once.
import { dirname, join, normalize } from 'node:path';
import { Glob } from 'bun';

export interface SourceFile {
  /** From the root of the checkout, with forward slashes. */
  path: string;
  text: string;
}

/** A rule proves itself on `bad`: samples that it must refuse, each with the path that it pretends to have. */
export interface Rule {
  name: string;
  /** One sentence per violation; empty when there is none. */
  violations(file: SourceFile): string[];
  bad: readonly SourceFile[];
  /** Samples that look bad and are right. */
  good?: readonly SourceFile[];
}

const patterns = ['{src,actors,machines,tests,scripts,web}/**/*.{ts,svelte,py,mjs}', 'web/*.ts'];
const generated = [
  /\.gen\.ts$/,
  /^web\/src\/lib\/api\//,
  /^web\/dist\//,
  /(^|\/)node_modules\//,
  /^tests\/golden\//,
];

export async function sourceFiles(): Promise<SourceFile[]> {
  const paths = new Set<string>();
  for (const pattern of patterns) for await (const path of new Glob(pattern).scan('.')) paths.add(path);
  const own = [...paths].filter((path) => !generated.some((skip) => skip.test(path))).sort();
  return Promise.all(own.map(async (path) => ({ path, text: await Bun.file(path).text() })));
}

/** Import specifiers in the order of their lines; type-only imports count, dynamic ones too. */
export function importsOf(text: string): string[] {
  const pattern =
    /^\s*(?:import|export)\b[^'";]*?\bfrom\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

const aliases: Readonly<Record<string, string>> = {
  '#src/': 'src/',
  '#machines/': 'machines/',
  '#actors/': 'actors/',
  '#web/': 'web/src/',
  '#tests/': 'tests/',
  '#scripts/': 'scripts/',
};

/** The file that an import means, from the root; null for packages and built-in modules. */
export function resolveImport(from: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return normalize(join(dirname(from), specifier));
  for (const [alias, folder] of Object.entries(aliases)) {
    if (specifier.startsWith(alias)) return folder + specifier.slice(alias.length);
  }
  return null;
}

/** Without comments and the contents of texts, so that words in prose are no violations. Line numbers are kept. */
export function codeOf(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ' '))
    .replaceAll(/(^|[^:'"`])\/\/[^\n]*/g, '$1');
}

/** `path:line: sentence` for each match. */
export function matches(file: SourceFile, code: string, pattern: RegExp, sentence: string): string[] {
  return [...code.matchAll(pattern)].map((match) => {
    const line = code.slice(0, match.index).split('\n').length;
    return `${file.path}:${line}: ${sentence}`;
  });
}
