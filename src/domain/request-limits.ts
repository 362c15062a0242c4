// Which limit a request falls under. Patterns are paths in which `*` stands for one part and a last `**` for any rest;
// they are compared part by part and are never regular expressions.

export const endpointGroups = ['execution', 'admin', 'sse', 'websocket', 'auth', 'public', 'api'] as const;
export type EndpointGroup = (typeof endpointGroups)[number];

export const limitAlgorithmNames = [
  'sliding_window',
  'token_bucket',
  'fixed_window',
  'leaky_bucket',
] as const;

export interface EndpointRule {
  pattern: string;
  group: EndpointGroup;
  requests: number;
  windowSeconds: number;
  algorithm: (typeof limitAlgorithmNames)[number];
  burstMultiplier: number;
  /** The highest that fits wins. */
  priority: number;
  enabled: boolean;
}

/** What an admin has set for one user. */
export interface UserLimits {
  bypass: boolean;
  multiplier: number;
  rules: readonly EndpointRule[];
}

const rule = (pattern: string, group: EndpointGroup, requests: number, priority: number): EndpointRule => ({
  pattern,
  group,
  requests,
  windowSeconds: 60,
  algorithm: 'sliding_window',
  burstMultiplier: 1.5,
  priority,
  enabled: true,
});

export const defaultRules: readonly EndpointRule[] = [
  rule('/api/v1/execute', 'execution', 10, 10),
  rule('/api/v1/executions/*/retry', 'execution', 10, 10),
  rule('/api/v1/check', 'execution', 60, 20),
  rule('/api/v1/executions/*/stdin', 'execution', 1_200, 20),
  rule('/api/v1/auth/login', 'auth', 20, 10),
  rule('/api/v1/auth/register', 'auth', 20, 10),
  rule('/api/v1/auth/password', 'auth', 20, 10),
  rule('/api/v1/setup', 'public', 60, 5),
  rule('/api/v1/events/**', 'sse', 60, 5),
  rule('/api/v1/executions/*/stream', 'sse', 60, 5),
  rule('/api/v1/sagas/stream', 'sse', 60, 5),
  rule('/api/v1/stream', 'sse', 60, 5),
  rule('/api/v1/admin/**', 'admin', 100, 5),
  rule('/api/v1/shared/**', 'public', 60, 5),
  rule('/api/v1/**', 'api', 600, 0),
];

export interface ChosenLimit {
  rule: EndpointRule;
  /** Requests with the same key are counted together. */
  key: string;
  requests: number;
}

/** The limit for a path, or null where there is none. A user's own rules come before the defaults. */
export function chooseLimit(path: string, limits: UserLimits | null): ChosenLimit | null {
  if (limits?.bypass === true) return null;
  const parts = partsOf(path);
  const own = limits === null ? null : best(compiledOf(limits), parts);
  const found = own ?? best(compiledDefaults, parts);
  if (found === null) return null;
  const requests = Math.max(1, Math.floor(found.requests * (limits?.multiplier ?? 1)));
  return { rule: found, key: keyOf(found, own !== null), requests };
}

/** Rules of one group and one size share a count, so that login and register together meet the group's limit. */
const keyOf = (rule: EndpointRule, own: boolean): string =>
  own ? `own:${rule.pattern}` : `${rule.group}:${rule.requests}`;

interface CompiledRule {
  rule: EndpointRule;
  parts: readonly string[];
}

const compiled = (rule: EndpointRule): CompiledRule => ({ rule, parts: partsOf(rule.pattern) });
const compiledDefaults = defaultRules.map(compiled);

/** A user's limits are the same object for many requests. */
const compiledLimits = new WeakMap<UserLimits, readonly CompiledRule[]>();

function compiledOf(limits: UserLimits): readonly CompiledRule[] {
  const rules = compiledLimits.get(limits) ?? limits.rules.map(compiled);
  compiledLimits.set(limits, rules);
  return rules;
}

function best(rules: readonly CompiledRule[], path: readonly string[]): EndpointRule | null {
  let found: EndpointRule | null = null;
  for (const { rule, parts } of rules) {
    if (!rule.enabled || (found !== null && found.priority >= rule.priority)) continue;
    if (fits(parts, path)) found = rule;
  }
  return found;
}

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  for (let index = 0; index < pattern.length; index += 1) {
    const wanted = pattern[index];
    if (wanted === '**') return true;
    const part = parts[index];
    if (part === undefined || (wanted !== '*' && wanted !== part)) return false;
  }
  return pattern.length === parts.length;
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}
