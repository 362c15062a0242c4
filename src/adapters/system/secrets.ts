// Secrets from the system's own source of randomness.
import { randomBytes } from 'node:crypto';
import type { Secrets } from '#src/ports/secrets.ts';

export const systemSecrets: Secrets = { next: () => randomBytes(32).toString('base64url') };
