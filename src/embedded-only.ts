// Commands that copy files: where records live on servers, the servers' own tools do it, and a file of ours would be none.
import type { Config } from '#src/config/options.ts';
import { profileOf } from '#src/config/profile.ts';
import { DomainError } from '#src/domain/errors.ts';

const instead = {
  backup:
    'In the distributed profile the data is in MongoDB: back it up with its own tools (mongodump, or a snapshot of its disks); ' +
    'Kafka and Redis hold nothing that needs a copy',
  restore:
    'In the distributed profile the data is in MongoDB: bring it back with its own tools (mongorestore, or a snapshot of its disks), ' +
    'while no process runs',
} as const;

/** @throws invalid_state, saying what to use instead */
export function assertEmbedded(config: Config, command: keyof typeof instead): void {
  if (profileOf(config) === 'distributed')
    throw new DomainError(
      'invalid_state',
      `${instead[command]}. See docs/how-to/size-and-scale.md, "Back up"`,
    );
}
