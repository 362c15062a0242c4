// Settings that are each right and do not fit together.

import { parseCpuMillis } from '#src/domain/quantities.ts';
import { roleNames } from '#src/domain/roles.ts';
import { checkKubernetes } from './kubernetes.ts';
import type { Config } from './options.ts';
import { engineSettings, profileOf } from './profile.ts';

export function checkCombinations(config: Config): string[] {
  const problems = [...checkEngines(config), ...checkRoles(config), ...checkKubernetes(config)];
  const key = config['secret.key'];
  if (key !== '' && key.length < 32) problems.push('secret.key must have at least 32 characters');
  if ((parseCpuMillis(config['execution.cpu']) ?? 0) > (parseCpuMillis(config['execution.cpu_max']) ?? 0)) {
    problems.push('execution.cpu must not be more than execution.cpu_max');
  }
  return problems;
}

function checkEngines(config: Config): string[] {
  const problems: string[] = [];
  const profile = profileOf(config);
  if (profile === null) {
    const { given, missing } = engineSettings(config);
    problems.push(
      `${given.join(' and ')}: the distributed profile needs all three engines; missing: ${missing.join(', ')}. ` +
        'Without any of them the embedded store is used',
    );
  }
  if (profile === 'distributed' && config['secret.key'] === '') {
    problems.push('secret.key: every process of the distributed profile needs the same one; give it');
  }
  const { 'kafka.sasl': sasl, 'kafka.username': username, 'kafka.password': password } = config;
  if (sasl !== 'none' && (username === '' || password === '')) {
    problems.push(`kafka.sasl: ${sasl} needs kafka.username and kafka.password`);
  }
  if (sasl === 'none' && (username !== '' || password !== '')) {
    problems.push('kafka.username and kafka.password are of use only with kafka.sasl');
  }
  if (config['kafka.ca_file'] !== '' && !config['kafka.tls']) {
    problems.push('kafka.ca_file is of use only with kafka.tls');
  }
  return problems;
}

/** Sandboxes of this machine are children of their process: only it can speak with them and take them away. */
const together = ['k8s-worker', 'pod-monitor'] as const;

function checkRoles(config: Config): string[] {
  const roles = config['process.roles'];
  if (roles.length === 0) return [`process.roles: a process needs a role; there are ${roleNames.join(', ')}`];
  if (profileOf(config) !== 'distributed') {
    const missing = roleNames.filter((role) => !roles.includes(role));
    if (missing.length === 0) return [];
    return [
      `process.roles: the embedded store lives in one process, which must play every role; missing: ${missing.join(', ')}`,
    ];
  }
  if (config['runtime.kind'] === 'kubernetes') return [];
  const present = together.filter((role) => roles.includes(role));
  if (present.length !== 1) return [];
  return [
    `process.roles: ${together.join(' and ')} go together where scripts run in sandboxes of this machine`,
  ];
}
