// The steps of `npm test`, `npm run check` and `npm run test:engines`, in order: cheap ones first, so that a slip is told early.

export interface Step {
  name: string;
  command: readonly string[];
  /** Where the tally comes from; by default the exit code alone. */
  report?: 'closing-line' | { junit: string };
}

/** For one test; Bun reads it from no file that holds for all tests. */
const testTimeoutMs = 30_000;

const typescript = 'node_modules/typescript7/bin/tsc';
const unitTests = (folders: readonly string[], name: string): Step => ({
  name,
  command: [
    'bun',
    'test',
    `--timeout=${testTimeoutMs}`,
    '--reporter=junit',
    `--reporter-outfile=.cache/${name}.xml`,
    ...folders,
  ],
  report: { junit: `.cache/${name}.xml` },
});

const statics: readonly Step[] = [
  {
    name: 'format and lint',
    command: [
      'bun',
      'node_modules/@biomejs/biome/bin/biome',
      'ci',
      '--colors=off',
      '--diagnostic-level=warn',
      '.',
    ],
  },
  {
    name: 'lint of components',
    command: ['bun', 'node_modules/eslint/bin/eslint.js', 'web/src', '--max-warnings=0'],
  },
  { name: 'types', command: ['bun', typescript, '--noEmit', '-p', '.'] },
  {
    name: 'types of components',
    command: [
      'bun',
      'node_modules/svelte-check/bin/svelte-check',
      '--tsconfig',
      'web/tsconfig.json',
      '--fail-on-warnings',
    ],
  },
  { name: 'orphans', command: ['bun', 'node_modules/knip/bin/knip.js'] },
];

const units = unitTests(
  [
    'tests/architecture',
    'tests/machines',
    'tests/mutants',
    'tests/config',
    'tests/contract',
    'tests/actors',
    'tests/domain',
    'tests/operate',
    'tests/scripts',
    'tests/web',
  ],
  'units',
);

const simulation = (seeds: number): Step => ({
  name: `simulation of ${seeds} seeds`,
  command: ['bun', 'scripts/sim.ts', '--seeds', String(seeds)],
});

export const checkSteps: readonly Step[] = [...statics, units, simulation(50)];

export const testSteps: readonly Step[] = [
  ...statics,
  units,
  unitTests(['tests/sim'], 'simulation-units'),
  unitTests(['tests/adapters'], 'adapters'),
  unitTests(['tests/app', 'tests/api'], 'api'),
  simulation(200),
  { name: 'build', command: ['bun', 'scripts/build.ts'] },
  unitTests(['tests/binary'], 'binary'),
  { name: 'corpus', command: ['bun', 'tests/corpus/against-binary.ts'], report: 'closing-line' },
  { name: 'soak', command: ['bun', 'tests/soak/run.ts', '--minutes', '1'], report: 'closing-line' },
  { name: 'browser', command: ['bun', 'tests/e2e/run.ts'], report: 'closing-line' },
];

/** With the addresses of real servers in the environment, as tests/engines/run.ts gives them. */
export const engineSteps: readonly Step[] = [
  { name: 'build', command: ['bun', 'scripts/build.ts'] },
  unitTests(['tests/engines'], 'engines'),
  {
    name: 'corpus on real engines',
    command: ['bun', 'tests/engines/corpus.ts'],
    report: 'closing-line',
  },
  {
    name: 'chaos',
    command: ['bun', 'tests/engines/chaos.ts', '--minutes', '3'],
    report: 'closing-line',
  },
];
