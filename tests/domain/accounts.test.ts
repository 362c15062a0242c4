// Rules of names, addresses and passwords, and how failures are remembered.
import { expect, test } from 'bun:test';
import {
  afterFailure,
  delayMs,
  faultOfEmail,
  faultOfPassword,
  faultOfUsername,
  lockedMs,
  defaultAccountRules as rules,
} from '#src/domain/accounts.ts';

const fits = (fault: unknown): boolean => fault === null;

test('a username has 3 to 50 letters, digits, dots, hyphens or underscores', () => {
  for (const name of ['bob', 'A.b-c_9', 'x'.repeat(50)]) expect(fits(faultOfUsername(name)), name).toBe(true);
  for (const name of ['bo', 'x'.repeat(51), 'two words', 'naïve', 'a\nb', '', '<b>bold'])
    expect(fits(faultOfUsername(name)), name).toBe(false);
});

test('an address has a name, a host with a dot, and no space', () => {
  for (const email of ['a@b.cd', 'first.last+tag@sub.example.org'])
    expect(fits(faultOfEmail(email)), email).toBe(true);
  for (const email of ['a@b', '@b.cd', 'a b@c.de', 'a@b..cd', 'a@b.cd\n', `${'x'.repeat(65)}@b.cd`, 'a'])
    expect(fits(faultOfEmail(email)), email).toBe(false);
});

test('a password is long enough, not too long, not common and not the name', () => {
  const check = (password: string) => fits(faultOfPassword(password, 'somebody', rules));
  expect(check('quite a good one')).toBe(true);
  expect(check('🙂'.repeat(128))).toBe(true);
  for (const password of [
    'seven77',
    '🙂'.repeat(7),
    'x1'.repeat(65),
    'Iloveyou1',
    'SomeBody',
    'x'.repeat(1e6),
  ])
    expect(check(password), password.slice(0, 20)).toBe(false);
});

test('failures are forgotten when a lock-out has passed since the last', () => {
  let attempts = afterFailure(null, 0, rules);
  for (let count = 1; count < 4; count += 1) attempts = afterFailure(attempts, count, rules);
  expect([attempts.failures, lockedMs(attempts, 4)]).toEqual([4, 0]);
  expect(afterFailure(attempts, 3 + rules.lockoutMs, rules).failures).toBe(1);
  const locked = afterFailure(attempts, 5, rules);
  expect(lockedMs(locked, 5)).toBe(rules.lockoutMs);
  expect(lockedMs(locked, 5 + rules.lockoutMs)).toBe(0);
});

test('the delay over all networks grows and has an end', () => {
  const after = (failures: number) => delayMs({ failures, lastAt: 0, lockedUntil: null }, 1, rules);
  expect([after(9), after(10), after(11), after(12)]).toEqual([0, 100, 200, 400]);
  expect(after(1_000)).toBe(5_000);
  expect(delayMs({ failures: 1_000, lastAt: 0, lockedUntil: null }, rules.lockoutMs, rules)).toBe(0);
});
