// One mutant's trial: patched into the copy, then hunted by the simulation, and by the test that is said to cover it.
import { huntLine } from './hunt-line.ts';
import { editsOf, type Mutant } from './mutant.ts';
import type { Workplace } from './workplace.ts';

export interface Found {
  /** `standstill`: the simulation came no further, as no suite would. */
  by: 'safety' | 'liveness' | 'coverage' | 'standstill' | 'test';
  words: string;
  /** Seeds played until then; null where none was needed. */
  seed: number | null;
}

export interface Verdict {
  mutant: Mutant;
  end: 'found' | 'excused' | 'survived' | 'stale' | 'broken';
  found: Found | null;
  words: string;
}

export const seedsMaxByDefault = 500;
const baselineSeeds = 20;
/** A seed takes a fraction of a second. */
const standstillMs = 20_000;

export async function tryOut(workplace: Workplace, mutant: Mutant, seedsMost: number): Promise<Verdict> {
  const stale = await workplace.apply(editsOf(mutant));
  if (stale !== null) return verdict(mutant, 'stale', `${stale} does not hold its text exactly once`);
  const { excuse } = mutant;
  if (excuse?.kind === 'covered') {
    return (await testFails(workplace, excuse.by))
      ? { ...verdict(mutant, 'found', excuse.reason), found: { by: 'test', words: excuse.by, seed: null } }
      : verdict(mutant, 'survived', `${excuse.by} does not notice it`);
  }
  const hunted = await hunt(workplace, Math.min(seedsMost, mutant.seedsMax ?? seedsMaxByDefault));
  if (typeof hunted === 'string') return verdict(mutant, 'broken', hunted);
  if (hunted !== null) return { ...verdict(mutant, 'found', hunted.words), found: hunted };
  return excuse === undefined
    ? verdict(mutant, 'survived', 'nobody noticed it')
    : verdict(mutant, 'excused', excuse.reason);
}

/** Null when the source as it is holds for some seeds; otherwise nothing can be said of its mutants. */
export async function baseline(workplace: Workplace): Promise<string | null> {
  await workplace.apply([]);
  const found = await hunt(workplace, baselineSeeds);
  if (found === null || typeof found === 'string') return found;
  return `seed ${found.seed}, ${found.by}: ${found.words}`;
}

const verdict = (mutant: Mutant, end: Verdict['end'], words: string): Verdict => ({
  mutant,
  end,
  found: null,
  words,
});

async function testFails({ folder }: Workplace, test: string): Promise<boolean> {
  const child = Bun.spawn([process.execPath, 'test', test], {
    cwd: folder,
    stdout: 'ignore',
    stderr: 'ignore',
  });
  return (await child.exited) !== 0;
}

/** What was found first; null for nothing; words when the mutant cannot even be played. */
async function hunt({ folder }: Workplace, seeds: number): Promise<Found | string | null> {
  const child = Bun.spawn([process.execPath, 'tests/mutants/hunt.ts', String(seeds)], {
    cwd: folder,
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const errors = new Response(child.stderr).text();
  let stands = false;
  const giveUp = (): void => {
    stands = true;
    child.kill('SIGKILL');
  };
  let patience = setTimeout(giveUp, standstillMs);
  let played = 0;
  let found: Found | null = null;
  for await (const text of linesOf(child.stdout)) {
    clearTimeout(patience);
    patience = setTimeout(giveUp, standstillMs);
    const line = huntLine(text);
    if (line === null) continue;
    played = line.seed;
    if (line.found !== null) found = { ...line.found, seed: line.seed };
  }
  clearTimeout(patience);
  if (stands) return { by: 'standstill', words: 'the simulation came no further', seed: played + 1 };
  if ((await child.exited) === 0) return found;
  return `it cannot be played: ${(await errors).trim().split('\n').at(-1)}`;
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
