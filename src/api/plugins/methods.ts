// Which methods a path has, asked only once nothing was found for the one that was used.

interface KnownRoute {
  method: string;
  path: string;
}

/** In the order of registration; HEAD wherever there is GET. Empty for an unknown path. */
export function allowedMethods(routes: readonly KnownRoute[], path: string): string[] {
  const given = partsOf(path);
  const methods = new Set<string>();
  for (const route of routes) {
    if (!fits(partsOf(route.path), given)) continue;
    methods.add(route.method);
    if (route.method === 'GET') methods.add('HEAD');
  }
  return [...methods];
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '');

const fits = (pattern: readonly string[], given: readonly string[]): boolean =>
  pattern.length === given.length &&
  pattern.every((part, index) => part.startsWith(':') || part === given[index]);
