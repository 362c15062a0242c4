// An outside world for one run: it answers each command as the roles would, in the order of asking, until nothing is left.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import {
  admitted,
  deadline,
  effectFailed,
  type Incoming,
  podCreated,
  podDeleted,
  podExited,
  podRunning,
  resultSealed,
} from './execution-events.ts';
import { accepted, deliver, type Outcome } from './given.ts';

export interface Faults {
  /** The command with this number is dead-lettered instead of done. */
  failed?: number;
  /** The command with this number is done twice. */
  repeated?: number;
  /** Every message comes twice. */
  doubled?: boolean;
}

export interface Story {
  record: SagaRecord;
  /** Commands in the order in which they were asked for. */
  commands: string[];
  /** Every event that was said, commands left out. */
  said: string[];
  /** What still exists outside. */
  pods: number[];
}

const commands = ['execution_queued', 'create_pod_command', 'delete_pod_command', 'store_result_command'];
const turnsMax = 200;

/** Runs from acceptance to the end, or for ever: then it throws. */
export function live(
  faults: Faults = {},
  interruption: (record: SagaRecord) => Incoming | null = () => null,
): Story {
  const pods = new Set<number>();
  const story: Story = { record: accepted(), commands: [], said: [], pods: [] };
  const waiting: { type: string; attempt: number }[] = [];
  const hear = (rows: Outcome['rows']): void => {
    for (const { type, payload } of rows) {
      if (commands.includes(type)) waiting.push({ type, attempt: Number(payload.attempt) });
      else story.said.push(type);
    }
  };
  const send = (event: Incoming, now?: number): void => {
    const outcome = deliver(story.record, event, now);
    if (outcome.kind === 'quarantined') throw new Error(`set aside by ${event.type}`);
    story.record = outcome.record;
    hear(outcome.rows);
  };
  hear(story.record.outbox);
  for (let turn = 0; turn < turnsMax && !story.record.final; turn += 1) {
    const interrupting = interruption(story.record);
    if (interrupting !== null) send(interrupting);
    const command = waiting.shift();
    if (command === undefined) {
      // The scheduler also reads what is queued, so that a message lost to it delays a run but never loses it.
      const { state, snapshot, nextDeadline } = story.record;
      if (state === 'queued') send(admitted(Number(snapshot.context.attempt)));
      else send(deadline(), nextDeadline ?? 0);
      continue;
    }
    const number = story.commands.push(command.type) - 1;
    const answers = faults.failed === number ? [failure(command)] : answersTo(command, pods);
    const again = faults.repeated === number ? answersTo(command, pods) : [];
    for (const event of [...answers, ...again]) {
      send(event);
      if (faults.doubled) send(event);
    }
  }
  if (!story.record.final) throw new Error(`not over after ${turnsMax} turns, but ${story.record.state}`);
  return { ...story, pods: [...pods] };
}

function answersTo({ type, attempt }: { type: string; attempt: number }, pods: Set<number>): Incoming[] {
  switch (type) {
    case 'execution_queued':
      return [admitted(attempt)];
    case 'create_pod_command':
      pods.add(attempt);
      return [podCreated(attempt), podRunning(attempt), podExited({}, attempt)];
    case 'delete_pod_command':
      pods.delete(attempt);
      return [podDeleted(attempt)];
    default:
      return [resultSealed(null, attempt)];
  }
}

const failure = ({ type, attempt }: { type: string; attempt: number }): Incoming =>
  type === 'create_pod_command' || type === 'store_result_command'
    ? effectFailed(type, attempt)
    : effectFailed('delete_pod_command', attempt);
