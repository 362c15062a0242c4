// Who may import what: an allow-list. A type-only import is an import.
import { importsOf, type Rule, resolveImport, type SourceFile } from './source.ts';

interface Layer {
  /** Files of the layer, by the beginning of their path. */
  from: string;
  /** Own files that may be imported, by the beginning of their path. */
  own: readonly string[];
  /** Packages and built-in modules. */
  packages: readonly string[];
}

const schema = '@sinclair/typebox';

/** The first that fits a file counts, so narrower layers stand before wider ones. */
export const layers: readonly Layer[] = [
  { from: 'src/domain/', own: ['src/domain/'], packages: [schema] },
  { from: 'machines/', own: ['machines/', 'src/domain/'], packages: ['xstate', schema] },
  { from: 'src/ports/', own: ['src/ports/', 'src/domain/'], packages: [] },
  {
    from: 'actors/',
    own: [
      'actors/',
      'machines/registry.ts',
      'machines/step.ts',
      'machines/durable.ts',
      'machines/deleted.ts',
      'machines/role/',
      'src/domain/',
      'src/ports/',
    ],
    packages: ['xstate', schema, 'node:crypto'],
  },
  {
    from: 'src/app/',
    own: ['src/app/', 'src/domain/', 'src/ports/', 'machines/registry.ts', 'machines/execution/describe.ts'],
    packages: [schema, 'node:crypto'],
  },
  { from: 'src/api/contract/', own: ['src/api/contract/', 'src/domain/'], packages: [schema, 'elysia'] },
  {
    from: 'src/api/',
    own: ['src/api/', 'src/app/', 'src/domain/', 'src/ports/'],
    packages: ['elysia', '@elysiajs/', schema, 'ipaddr.js', 'node:crypto'],
  },
  {
    from: 'src/adapters/embedded/',
    own: ['src/adapters/embedded/', 'src/ports/', 'src/domain/'],
    packages: ['bun:sqlite', 'node:'],
  },
  {
    from: 'src/adapters/local/',
    own: ['src/adapters/local/', 'src/ports/', 'src/domain/'],
    packages: ['bun', 'node:', schema],
  },
  {
    from: 'src/adapters/system/',
    own: ['src/adapters/system/', 'src/ports/', 'src/domain/'],
    packages: ['bun', 'node:'],
  },
  {
    from: 'src/adapters/redis/',
    own: ['src/adapters/redis/', 'src/ports/', 'src/domain/'],
    packages: ['ioredis', 'node:'],
  },
  {
    from: 'src/adapters/mongo/',
    own: ['src/adapters/mongo/', 'src/ports/', 'src/domain/'],
    packages: ['mongodb', 'node:'],
  },
  {
    from: 'src/adapters/kafka/',
    own: ['src/adapters/kafka/', 'src/ports/', 'src/domain/'],
    packages: ['kafkajs', 'node:'],
  },
  {
    from: 'src/adapters/kubernetes/',
    own: ['src/adapters/kubernetes/', 'src/ports/', 'src/domain/'],
    packages: ['@kubernetes/client-node', 'node:'],
  },
  { from: 'src/config/', own: ['src/config/', 'src/domain/'], packages: ['node:', schema] },
  { from: 'src/observability/', own: ['src/observability/', 'src/ports/'], packages: ['pino'] },
  {
    from: 'web/',
    own: ['web/', 'machines/'],
    packages: [
      'svelte',
      '@',
      'vite',
      'xstate',
      'anser',
      'tailwindcss',
      'sv-router',
      'svelte-sonner',
      'virtua',
      'node:',
    ],
  },
];

export const layerRule: Rule = {
  name: 'a layer imports only what its line of the table allows',
  violations(file) {
    const layer = layers.find(({ from }) => file.path.startsWith(from));
    if (layer === undefined) return [];
    return importsOf(file.text).flatMap((specifier) => judge(layer, file, specifier));
  },
  bad: [
    { path: 'src/domain/x.ts', text: "import type { Bus } from '#src/ports/bus.ts';" },
    { path: 'machines/execution/x.ts', text: "import { readFile } from 'node:fs/promises';" },
    { path: 'src/ports/x.ts', text: "import { createActor } from 'xstate';" },
    { path: 'actors/k8s-worker/x.ts', text: "import { api } from '#src/api/server.ts';" },
    {
      path: 'actors/kernel/x.ts',
      text: "import { executionMachine } from '#machines/execution/machine.ts';",
    },
    { path: 'src/app/x.ts', text: "import { turn } from '#actors/kernel/turn.ts';" },
    { path: 'src/api/contract/x.ts', text: "import { execute } from '#src/app/execute.ts';" },
    { path: 'src/adapters/embedded/x.ts', text: "import { pods } from '#src/adapters/local/pods.ts';" },
    { path: 'src/config/x.ts', text: "import { pinoLogger } from '#src/observability/logger.ts';" },
    { path: 'web/src/x.ts', text: "import { view } from '#src/app/view.ts';" },
  ],
};

function judge(layer: Layer, file: SourceFile, specifier: string): string[] {
  const target = resolveImport(file.path, specifier);
  const allowed =
    target === null
      ? layer.packages.some(
          (name) =>
            specifier === name ||
            specifier.startsWith(
              name.endsWith(':') || name.endsWith('/') || name === '@' ? name : `${name}/`,
            ),
        )
      : layer.own.some((beginning) => target.startsWith(beginning));
  return allowed ? [] : [`${file.path}: ${layer.from} may not import ${specifier}`];
}

const aliased = ['src/', 'machines/', 'actors/', 'tests/'];

export const aliasRule: Rule = {
  name: 'imports across folders use an alias, and only imports inside one folder are relative',
  violations(file) {
    if (!aliased.some((folder) => file.path.startsWith(folder))) return [];
    return importsOf(file.text)
      .filter((specifier) => specifier.startsWith('../') && !specifier.endsWith('/package.json'))
      .filter((specifier) => topOf(file.path) !== topOf(resolveImport(file.path, specifier) ?? ''))
      .map((specifier) => `${file.path}: ${specifier} leaves its folder; use an alias`);
  },
  bad: [{ path: 'actors/kernel/turn.ts', text: "import { step } from '../../machines/step.ts';" }],
  good: [{ path: 'actors/kernel/turn.ts', text: "import type { Child } from '../role.ts';" }],
};

/** `src/api/routes/x.ts` → `src/api`; `actors/kernel/x.ts` → `actors`. */
function topOf(path: string): string {
  const parts = path.split('/');
  return parts[0] === 'src' || parts[0] === 'web'
    ? parts.slice(0, parts.length > 2 ? 2 : 1).join('/')
    : (parts[0] ?? '');
}

export const orderRule: Rule = {
  name: 'imports stand in the order built-in, package, own',
  violations(file) {
    if (!/\.ts$/.test(file.path)) return [];
    const head = importsOf(file.text.replaceAll(/\bimport\([^)]*\)/g, '')).map((specifier) =>
      rank(file, specifier),
    );
    return head.every((kind, index) => index === 0 || (head[index - 1] ?? 0) <= kind)
      ? []
      : [`${file.path}: imports are not in the order built-in, package, own`];
  },
  bad: [
    { path: 'src/a.ts', text: "import { x } from './x.ts';\nimport { readFile } from 'node:fs/promises';" },
  ],
};

function rank(file: SourceFile, specifier: string): number {
  if (specifier.startsWith('node:') || specifier.startsWith('bun:') || specifier === 'bun') return 0;
  return resolveImport(file.path, specifier) === null ? 1 : 2;
}
