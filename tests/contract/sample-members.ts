// The collection that the suites of single documents work on.
import type { Collection, CollectionSpec, Documents } from '#src/ports/documents.ts';

export interface Member {
  name?: string | null;
  team?: string;
  number?: number;
  visits?: number;
  tags?: string[];
  marks?: { id: number; word: string }[];
  settings?: { theme?: string; editor?: { size?: number; wrap?: boolean } };
}

export const members: CollectionSpec = {
  name: 'members',
  indexes: [
    { fields: ['name'], unique: true },
    { fields: ['team', 'number'], unique: true },
    { fields: ['tags'] },
  ],
};

export const open = (documents: Documents): Collection<Member> => documents.collection<Member>(members);
