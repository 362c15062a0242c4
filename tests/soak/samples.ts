// What the soak runs: scripts whose whole output is known beforehand, and a chance that a seed repeats.
import { createHash } from 'node:crypto';

export const sampleKinds = ['short', 'loop', 'given', 'conversation'] as const;
export type SampleKind = (typeof sampleKinds)[number];

export interface Sample {
  kind: SampleKind;
  script: string;
  /** Given whole at the start; null where nothing is. */
  stdin: string | null;
  /** Typed while it runs. */
  typed: readonly string[];
  /** Every byte of its output, when it comes to its end. */
  output: string;
}

const begin = `import hashlib, sys, time
seen = hashlib.sha256()
def say(line):
    text = line + '\\n'
    seen.update(text.encode())
    sys.stdout.write(text)
    sys.stdout.flush()
`;
const end = "sys.stdout.write('digest ' + seen.hexdigest() + '\\n')\n";

/** The name is in each line, so that no output can pass for another run's. */
export function sampleOf(kind: SampleKind, name: string): Sample {
  const made = (body: string, lines: readonly string[], stdin: string | null, typed: string[]): Sample => ({
    kind,
    script: `${begin}${body}${end}`,
    stdin,
    typed,
    output: withDigest(lines),
  });
  const numbered = (count: number) => Array.from({ length: count }, (_, line) => `${name} ${line}`);
  const words = [1, 2, 3].map((number) => `${name}-${number}`);
  switch (kind) {
    case 'short':
      return made(`for i in range(200): say(f'${name} {i}')\n`, numbered(200), null, []);
    case 'loop':
      return made(
        `for i in range(40):\n    say(f'${name} {i}')\n    time.sleep(0.03)\n`,
        numbered(40),
        null,
        [],
      );
    case 'given':
      return made(
        "for line in sys.stdin: say('got ' + line.strip())\n",
        words.map((word) => `got ${word}`),
        words.map((word) => `${word}\n`).join(''),
        [],
      );
    case 'conversation':
      return made(
        "for i in range(3):\n    say(f'word {i}?')\n    say('got ' + input())\n",
        words.flatMap((word, number) => [`word ${number}?`, `got ${word}`]),
        null,
        words.map((word) => `${word}\n`),
      );
  }
}

function withDigest(lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\n`).join('');
  return `${text}digest ${createHash('sha256').update(text).digest('hex')}\n`;
}

export interface Chance {
  /** From 0 up to 1. */
  next(): number;
  between(least: number, most: number): number;
  /** One of a list that is not empty. */
  one<Value>(list: readonly Value[]): Value;
}

/** Mulberry32: small, and the same on every machine. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (least, most) => least + next() * (most - least),
    one(list) {
      const found = list[Math.floor(next() * list.length)];
      if (found === undefined) throw new Error('nothing to choose from');
      return found;
    },
  };
}
