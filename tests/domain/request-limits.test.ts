// Which limit a path falls under.
import { expect, test } from 'bun:test';
import { chooseLimit, type EndpointRule } from '#src/domain/request-limits.ts';

const groupOf = (path: string) => {
  const chosen = chooseLimit(path, null);
  return chosen === null ? null : `${chosen.rule.group} ${chosen.requests}`;
};

test('every path of the interface falls under the limit of its group', () => {
  expect(groupOf('/api/v1/execute')).toBe('execution 10');
  expect(groupOf('/api/v1/execute/')).toBe('execution 10');
  expect(groupOf('/api/v1/executions/7/retry')).toBe('execution 10');
  expect(groupOf('/api/v1/executions/7/stdin')).toBe('execution 1200');
  expect(groupOf('/api/v1/executions/7')).toBe('api 600');
  expect(groupOf('/api/v1/auth/login')).toBe('auth 20');
  expect(groupOf('/api/v1/events/executions/7')).toBe('sse 60');
  expect(groupOf('/api/v1/admin/users/7')).toBe('admin 100');
  expect(groupOf('/assets/app.js')).toBeNull();
});

test('log-in and registration share one count', () => {
  expect(chooseLimit('/api/v1/auth/login', null)?.key).toBe(chooseLimit('/api/v1/auth/register', null)?.key);
});

const own: EndpointRule = {
  pattern: '/api/v1/executions/**',
  group: 'api',
  requests: 5,
  windowSeconds: 60,
  algorithm: 'token_bucket',
  burstMultiplier: 1,
  priority: 1,
  enabled: true,
};
const chosen = (rules: EndpointRule[], path = '/api/v1/executions/7') =>
  chooseLimit(path, { bypass: false, multiplier: 1, rules })?.requests;

test("a user's own rule comes before the defaults, the one of highest priority first", () => {
  expect(chosen([own])).toBe(5);
  expect(chosen([own, { ...own, requests: 7, priority: 2 }])).toBe(7);
  expect(chosen([{ ...own, enabled: false }])).toBe(600);
  expect(chosen([own], '/api/v1/other')).toBe(600);
});

test('a pattern is compared part by part and is never a regular expression', () => {
  expect(chosen([{ ...own, pattern: '/api/v1/.*' }])).toBe(600);
  expect(chosen([{ ...own, pattern: '/api/v1/*' }])).toBe(600);
  expect(chosen([{ ...own, pattern: '/api/*/executions/*' }])).toBe(5);
});

test('a multiplier never leaves a user without any request', () => {
  expect(chooseLimit('/api/v1/execute', { bypass: false, multiplier: 0, rules: [] })?.requests).toBe(1);
});
