// The word with which each line of a supervisor begins. Derived, so that any monitor can take an attempt over; the script
// never learns it, and must not be able to guess it.
import { createHmac } from 'node:crypto';
import { attemptKey } from '#src/domain/ids.ts';

export const nonceOf = (secret: string, execution: string, attempt: number): string =>
  createHmac('sha256', secret).update(attemptKey(execution, attempt)).digest('hex');
