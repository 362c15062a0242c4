// `npm run bench`: everything that has a number to hold, in alternating rounds with its reference, as one table.
//   npm run bench -- [--engines] [--rounds 5] [--only sagas] [--write] [--smoke]
// `--engines` measures on MongoDB, Kafka and Redis, which it starts; `--write` puts the table in docs/bench.md; `--smoke` does
// everything once and tiny, for a test that it still works.
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { apiRoutes } from './api.ts';
import type { Bench, Measured, Sample, Size } from './bench.ts';
import { startServers } from './engines/servers.ts';
import { engineBenches } from './engines/suite.ts';
import { firstOutput } from './first-output.ts';
import { sagaRounds } from './saga-rounds.ts';
import { start } from './start.ts';
import { failures, tableOf } from './table.ts';

const embedded = { output: firstOutput, sagas: sagaRounds, api: apiRoutes, start } as const;
const page = 'docs/bench.md';

const { values } = parseArgs({
  options: {
    engines: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  if (!values.engines) return measureAll(embedded, '');
  const servers = await startServers();
  try {
    await measureAll(engineBenches(servers), ' of the engines');
  } finally {
    await servers.stop();
  }
}

/** @param whose which of the page's tables it is */
async function measureAll(benches: Readonly<Record<string, Bench>>, whose: string): Promise<void> {
  const names = Object.keys(benches);
  const rounds = values.smoke ? 1 : Number(values.rounds);
  const chosen = Object.entries(benches).filter(
    ([name]) => values.only === undefined || values.only === name,
  );
  if (chosen.length === 0 || !Number.isInteger(rounds) || rounds < 1)
    throw new Error(`usage: [--engines] [--rounds NUMBER] [--only ${names.join('|')}] [--write] [--smoke]`);
  if (values.write && (chosen.length < names.length || values.smoke))
    throw new Error('only the whole of it is written down');
  if (!values.smoke) build();
  const all: Measured[] = [];
  for (const [, bench] of chosen) all.push(await measured(bench, rounds, { smoke: values.smoke }));
  const table = `${machine()}\n\n${tableOf(all)}`;
  say(`\n${table}`);
  if (values.write) await write(table, whose);
  if (!values.smoke) for (const line of failures(all)) say(`not held: ${line}`);
}

async function measured(bench: Bench, count: number, size: Size): Promise<Measured> {
  const opened = await bench.open(size);
  try {
    const rounds: (readonly Sample[])[] = [];
    for (let number = 1; number <= count; number += 1) {
      const samples = await opened.round();
      rounds.push(samples);
      const told = samples.map(
        ({ ours, reference }, index) =>
          `${bench.figures[index]?.name} ${ours.toFixed(2)} / ${reference.toFixed(2)}`,
      );
      say(`${bench.title}, round ${number}, load ${(loadavg()[0] ?? 0).toFixed(1)}: ${told.join(', ')}`);
    }
    return { bench, rounds, notes: (await opened.notes?.()) ?? [] };
  } finally {
    await opened.close();
  }
}

/** The product as the sources are now: an old binary would be measured in silence. */
function build(): void {
  const { exitCode } = Bun.spawnSync([process.execPath, 'scripts/build.ts'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (exitCode !== 0) throw new Error('the product could not be built');
}

const machine = (): string =>
  `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Bun ${Bun.version}.`;

async function write(table: string, whose: string): Promise<void> {
  const [opening, closing] = [`<!-- figures${whose} -->`, `<!-- end of figures${whose} -->`];
  const text = await readFile(page, 'utf8');
  const [before, after] = [text.indexOf(opening), text.indexOf(closing)];
  if (before < 0 || after < before) throw new Error(`${page} has no place for the figures`);
  await writeFile(page, `${text.slice(0, before + opening.length)}\n\n${table}\n\n${text.slice(after)}`);
}

await main();
