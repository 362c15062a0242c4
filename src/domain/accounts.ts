// Rules of accounts: names, addresses, passwords, failed log-ins. Pure; what is taken is the store's business.
import type { UserRole } from './access.ts';
import { isCommonPassword } from './common-passwords.ts';
import { type DomainError, invalid } from './errors.ts';

export interface User {
  id: string;
  username: string;
  email: string;
  role: UserRole;
  active: boolean;
  createdAt: number;
  updatedAt: number;
}

/** Changeable while the system runs, in effect at once. */
export interface AccountRules {
  passwordLengthMin: number;
  sessionTimeoutMs: number;
  loginAttemptsMax: number;
  lockoutMs: number;
}

export const defaultAccountRules: AccountRules = {
  passwordLengthMin: 8,
  sessionTimeoutMs: 60 * 60_000,
  loginAttemptsMax: 5,
  lockoutMs: 15 * 60_000,
};

export const passwordLengthMax = 128;
export const sessionLifeMaxMs = 30 * 24 * 60 * 60_000;

/** Names that differ only in upper and lower case are the same. */
export const nameKey = (username: string): string => username.trim().toLowerCase();
export const emailKey = (email: string): string => email.trim().toLowerCase();

/** The first fault of a new account, or null. */
export function faultOfUsername(username: string): DomainError | null {
  if (/^[A-Za-z0-9_.-]{3,50}$/.test(username)) return null;
  return invalid('A username has 3 to 50 letters, digits, dots, hyphens or underscores', [
    'body',
    'username',
  ]);
}

export function faultOfEmail(email: string): DomainError | null {
  const at = email.lastIndexOf('@');
  const fits = email.length <= 254 && at >= 1 && at <= 64 && /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(email);
  return fits ? null : invalid('This is not an email address', ['body', 'email']);
}

export function faultOfPassword(
  password: string,
  username: string,
  rules: AccountRules,
  field = 'password',
): DomainError | null {
  const length = lengthOf(password);
  const where = ['body', field];
  if (length < rules.passwordLengthMin)
    return invalid(`A password has at least ${rules.passwordLengthMin} characters`, where);
  if (length > passwordLengthMax)
    return invalid(`A password has at most ${passwordLengthMax} characters`, where);
  if (isCommonPassword(password)) return invalid('This password is among the most common ones', where);
  if (nameKey(password) === nameKey(username))
    return invalid('A password must differ from the username', where);
  return null;
}

/** Too long to be a password of ours; told without counting millions of characters. */
export const isTooLong = (password: string): boolean => lengthOf(password) > passwordLengthMax;

/** In characters, as people count them; a surrogate pair is one. */
const lengthOf = (password: string): number =>
  password.length > passwordLengthMax * 2 ? password.length : [...password].length;

/** Failed log-ins for one name: from one network, or from all of them. */
export interface Attempts {
  failures: number;
  lastAt: number;
  lockedUntil: number | null;
}

/** What is remembered after one more failure; failures longer ago than a lock-out lasts are forgotten. */
export function afterFailure(before: Attempts | null, now: number, rules: AccountRules): Attempts {
  const remembered = before !== null && now - before.lastAt < rules.lockoutMs ? before.failures : 0;
  const failures = remembered + 1;
  return {
    failures,
    lastAt: now,
    lockedUntil: failures >= rules.loginAttemptsMax ? now + rules.lockoutMs : null,
  };
}

/** How long one network must still wait for one name; 0 when it need not. */
export function lockedMs(attempts: Attempts | null, now: number): number {
  if (attempts === null || attempts.lockedUntil === null) return 0;
  return Math.max(0, attempts.lockedUntil - now);
}

const delayMaxMs = 5_000;

/**
 * How long an answer for one name is held back because of failures from anywhere. It slows a guesser who has many
 * addresses and never shuts the owner out.
 */
export function delayMs(overAll: Attempts | null, now: number, rules: AccountRules): number {
  if (overAll === null || now - overAll.lastAt >= rules.lockoutMs) return 0;
  const beyond = overAll.failures - 2 * rules.loginAttemptsMax;
  if (beyond < 0) return 0;
  return Math.min(delayMaxMs, 100 * 2 ** Math.min(beyond, 10));
}
