// A mutant is one rule of the core, broken on purpose in a copy of the source. It is data; nothing in the source knows of it.
import type { Edit } from './edit.ts';

export interface Mutant extends Edit {
  name: string;
  /** The rule that it breaks, in one sentence. */
  breaks: string;
  /** Further places that have to change with the first for the rule to be broken. */
  also?: readonly Edit[];
  /** So many seeds may pass before it must have been noticed; 500 where nothing is said. */
  seedsMax?: number;
  excuse?: Excuse;
}

/**
 * Why a mutant may outlive the simulation. `covered`: the test named notices it, and is played to prove that. `rare`: what it
 * takes meets in few seeds. `spare`: another rule bears the same, so that breaking this one alone changes nothing.
 */
export type Excuse =
  | { kind: 'covered'; by: string; reason: string }
  | { kind: 'rare' | 'spare'; reason: string };

export const editsOf = ({ file, find, replace, also = [] }: Mutant): Edit[] => [
  { file, find, replace },
  ...also,
];
