// Settings that are each right and do not fit together.

import { parseCpuMillis } from '#src/domain/quantities.ts';
import { roleNames } from '#src/domain/roles.ts';
import type { Config } from './options.ts';

export function checkCombinations(config: Config): string[] {
  const problems: string[] = [];
  const missing = roleNames.filter((role) => !config['process.roles'].includes(role));
  if (missing.length > 0) {
    problems.push(
      `process.roles: the embedded store lives in one process, which must play every role; missing: ${missing.join(', ')}`,
    );
  }
  const key = config['secret.key'];
  if (key !== '' && key.length < 32) problems.push('secret.key must have at least 32 characters');
  if ((parseCpuMillis(config['execution.cpu']) ?? 0) > (parseCpuMillis(config['execution.cpu_max']) ?? 0)) {
    problems.push('execution.cpu must not be more than execution.cpu_max');
  }
  return problems;
}
