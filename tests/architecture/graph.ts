// The import graph: cycles, and files that nothing reaches.
import { importsOf, resolveImport, type SourceFile } from './source.ts';

export type Graph = ReadonlyMap<string, readonly string[]>;

export function importGraph(files: readonly SourceFile[]): Graph {
  return new Map(
    files.map(({ path, text }) => [
      path,
      importsOf(text)
        .map((specifier) => resolveImport(path, specifier))
        .filter((target) => target !== null),
    ]),
  );
}

/** Each cycle once, as the list of its files; imports of types only are left out by the caller where they are harmless. */
export function cycles(graph: Graph): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.push([...trail.slice(at), path]);
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

/** Files that no root reaches. */
export function unreachable(graph: Graph, isRoot: (path: string) => boolean): string[] {
  const reached = new Set<string>();
  const waiting = [...graph.keys()].filter(isRoot);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    waiting.push(...(graph.get(path) ?? []));
  }
  return [...graph.keys()].filter((path) => !reached.has(path));
}
