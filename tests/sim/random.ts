// Seeded chance. Every component draws from its own stream, so that one more draw in one of them shifts no other.

export interface Random {
  /** At least 0, below 1. */
  next(): number;
  between(low: number, high: number): number;
  /** A whole number below `limit`. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<const Item>(items: readonly [Item, ...Item[]]): Item;
  /** The stream of a component; depends on the seed and the name alone, never on what was drawn so far. */
  split(name: string): Random;
}

export const createRandom = (seed: number): Random => stream(scatter(`seed ${seed}`, 0x811c9dc5));

function stream(origin: number): Random {
  let state = origin;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick: (items) => items[below(items.length)] ?? items[0],
    split: (name) => stream(scatter(name, origin)),
  };
}

/** FNV-1a, begun from another hash. */
export function scatter(text: string, origin: number): number {
  let hash = origin;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash | 0;
}
