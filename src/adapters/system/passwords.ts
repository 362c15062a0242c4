// bcrypt, off the main thread. It sees only 72 bytes, so longer passwords are digested first; it must never see one cut.
import { createHash } from 'node:crypto';
import type { Passwords } from '#src/ports/passwords.ts';

const bcryptBytesMax = 72;

export function bcryptPasswords(options: { cost: number }): Passwords {
  const hash = (password: string) =>
    Bun.password.hash(fitted(password), { algorithm: 'bcrypt', cost: options.cost });
  // What an unknown user's password is compared with, so that the answer takes as long as for a known one.
  const nobody = hash('');
  return {
    hash,
    async verify(password, stored) {
      const matches = await Bun.password.verify(fitted(password), stored ?? (await nobody), 'bcrypt');
      return matches && stored !== null;
    },
  };
}

function fitted(password: string): string {
  if (Buffer.byteLength(password) <= bcryptBytesMax) return password.length === 0 ? '\u0001' : password;
  return createHash('sha256').update(password).digest('base64');
}
