// The languages and versions that scripts may ask for, and what one run may use. Offers nothing that cannot run here.
import type { Runtime } from '#src/domain/execution.ts';
import { compareVersions, isLanguage, languages } from '#src/domain/languages.ts';
import { formatCpu, formatMemory } from '#src/domain/quantities.ts';
import type { RunPolicy } from './executions/policy.ts';

/** What every client of the original names when it does not care. */
export const defaultLanguage = 'python';
export const defaultVersion = '3.11';

export interface LanguageOffer {
  versions: string[];
  fileExtension: string;
}

export interface ResourceLimits {
  cpuLimit: string;
  memoryLimit: string;
  cpuRequest: string;
  memoryRequest: string;
  timeoutSeconds: number;
  runtimes: Record<string, LanguageOffer>;
}

export const resourceLimits = (policy: RunPolicy, offered: readonly Runtime[]): ResourceLimits => ({
  cpuLimit: formatCpu(policy.limits.cpuMillis),
  memoryLimit: formatMemory(policy.limits.memoryBytes),
  cpuRequest: formatCpu(Math.min(policy.cpuDefaultMillis, policy.limits.cpuMillis)),
  memoryRequest: formatMemory(policy.limits.memoryBytes),
  timeoutSeconds: Math.floor(policy.limits.timeoutMs / 1_000),
  runtimes: offers(offered),
});

/** By language, versions ascending, each once. */
export function offers(offered: readonly Runtime[]): Record<string, LanguageOffer> {
  const found: Record<string, LanguageOffer> = {};
  for (const language of Object.keys(languages).filter(isLanguage)) {
    const versions = versionsOf(language, offered);
    if (versions.length > 0) found[language] = { versions, fileExtension: languages[language].extension };
  }
  return found;
}

/** The runtime that a request means, or null where it is not offered. The default version stands for the newest too. */
export function chooseRuntime(
  language: string,
  version: string,
  offered: readonly Runtime[],
): Runtime | null {
  const versions = isLanguage(language) ? versionsOf(language, offered) : [];
  if (versions.includes(version)) return { language, version };
  const newest = versions.at(-1);
  return version === defaultVersion && newest !== undefined ? { language, version: newest } : null;
}

const versionsOf = (language: string, offered: readonly Runtime[]): string[] => [
  ...new Set(
    offered
      .filter((runtime) => runtime.language === language)
      .map((runtime) => runtime.version)
      .sort(compareVersions),
  ),
];
