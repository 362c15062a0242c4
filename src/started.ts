// What the operator reads when a process has started: where it listens, and the link by which the first administrator is made.
import { patiently } from '#actors/patience.ts';
import type { RoleName } from '#src/domain/roles.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';

export interface Started {
  roles: readonly RoleName[];
  /** Empty where it does not listen. */
  url: string;
  /** A token for the link; null once there is an administrator. */
  setupToken(): Promise<string | null>;
}

/** A store that is away for a moment is asked again: it is no reason to end. @param leaving ends the asking */
export async function startedLines(
  { roles, url, setupToken }: Started,
  ports: { clock: Clock; logger: Logger },
  leaving: AbortSignal,
): Promise<string[]> {
  if (!roles.includes('api')) return [`Greenroom plays ${roles.join(', ')}`];
  if (url === '') return [];
  const token = await patiently(ports, leaving, setupToken);
  const link = `Make the first administrator here: ${url}/setup?token=${token}`;
  return [`Greenroom listens on ${url}`, ...(token === null ? [] : [link])];
}
