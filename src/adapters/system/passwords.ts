// bcrypt, off the main thread. It sees only 72 bytes, so longer passwords are digested first; it must never see one cut.
import { createHash } from 'node:crypto';
import type { Passwords } from '#src/ports/passwords.ts';

const bcryptBytesMax = 72;

export function bcryptPasswords(options: { cost: number }): Passwords {
  const hash = (password: string) =>
    Bun.password.hash(fitted(password), { algorithm: 'bcrypt', cost: options.cost });
  const nobody = `$2b$${String(options.cost).padStart(2, '0')}$${nobodysSaltAndHash}`;
  return {
    hash,
    async verify(password, stored) {
      const matches = await Bun.password.verify(fitted(password), stored ?? nobody, 'bcrypt');
      return matches && stored !== null;
    },
  };
}

/** What an unknown user's password is compared with, so that the answer takes as long as for a known one. */
const nobodysSaltAndHash = 'DJEfnSx/R0OypI.jMtlYy.Z7ncE1jHbnkR9SqtD0tSMYWhntFtjJO';

function fitted(password: string): string {
  if (Buffer.byteLength(password) <= bcryptBytesMax) return password.length === 0 ? '\u0001' : password;
  return createHash('sha256').update(password).digest('base64');
}
