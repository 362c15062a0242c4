// Which image runs which language and version, as the settings name them.
import type { Runtime } from '#src/domain/execution.ts';
import { compareVersions } from '#src/domain/languages.ts';

export interface RuntimeImage {
  runtime: Runtime;
  image: string;
}

/** By language, versions ascending. */
export const inOrder = (images: readonly RuntimeImage[]): RuntimeImage[] =>
  images.toSorted(
    ({ runtime: a }, { runtime: b }) =>
      a.language.localeCompare(b.language, 'en') || compareVersions(a.version, b.version),
  );

export const imageOf = (images: readonly RuntimeImage[], { language, version }: Runtime): string | null =>
  images.find(({ runtime }) => runtime.language === language && runtime.version === version)?.image ?? null;
