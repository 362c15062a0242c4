// The name of a pod that is made for one attempt: the same whenever it is asked for, and fit for a cluster.
import { createHash } from 'node:crypto';

const fits = /^[a-z0-9](?:[a-z0-9-]{0,44}[a-z0-9])?$/;

export function podNameOf(execution: string, attempt: number): string {
  const short = fits.test(execution)
    ? execution
    : createHash('sha256').update(execution).digest('hex').slice(0, 40);
  return `run-${short}-${attempt}`;
}
