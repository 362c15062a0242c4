// What a member says when it joins its group, and what the leader answers, in the driver's terms. Joining waits for the
// messages in flight: the next owner of their keys begins when they are done and acknowledged.
import { AssignerProtocol, KafkaJSError, type PartitionAssigner } from 'kafkajs';
import { assignPartitions, type Member } from './assignment.ts';

export interface Joining {
  partitions: number;
  /** Numbers of the partitions that this member had until now. */
  owned(): readonly number[];
  /** Asked before each join, again and again: false while something has to end first. */
  mayJoin(): boolean;
}

const name = 'greenroom';
const version = 1;

export function groupProtocol({ partitions, owned, mayJoin }: Joining): PartitionAssigner {
  return () => ({
    name,
    version,
    protocol({ topics }) {
      if (!mayJoin()) throw new JoinAgain('messages in flight are waited for');
      const userData = Buffer.from(JSON.stringify(owned()));
      return { name, metadata: AssignerProtocol.MemberMetadata.encode({ version, topics, userData }) };
    },
    async assign({ members }) {
      const shares = assignPartitions(
        members.map(({ memberId, memberMetadata }) => memberOf(memberId, memberMetadata)),
        partitions,
      );
      return [...shares].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version,
          assignment,
          userData: Buffer.alloc(0),
        }),
      }));
    },
  });
}

/** The driver takes it for the group's own word that it is being rearranged, and tries to join again a little later. */
export class JoinAgain extends KafkaJSError {
  readonly type = 'REBALANCE_IN_PROGRESS';
}

function memberOf(id: string, metadata: Buffer): Member {
  const said = AssignerProtocol.MemberMetadata.decode(metadata);
  return { id, topics: said?.topics ?? [], owned: numbersIn(said?.userData) };
}

/** What cannot be read only means that partitions move more than they need to. */
function numbersIn(data: Buffer | undefined): number[] {
  try {
    const found: unknown = JSON.parse(data?.toString() ?? '');
    return Array.isArray(found) ? found.filter(Number.isInteger) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
