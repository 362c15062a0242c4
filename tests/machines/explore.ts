// Every record that a machine can come to, by breadth, from its sample events. Times stand still, so that records repeat.
import type { DurableMachine } from '#machines/durable.ts';
import { contextOf } from '#machines/execution/snapshot.ts';
import { verdict } from '#machines/execution/verdict.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import { accountRemovalSamples } from './account-removal-events.ts';
import { deadLetterSamples } from './dead-letter-events.ts';
import { everyEvent, type Incoming } from './execution-events.ts';
import { accepted, deliver, type Outcome } from './given.ts';

export interface Samples {
  /** Records as they begin, one for each way to begin. */
  begin(): SagaRecord[];
  events(record: SagaRecord): Incoming[];
  /** Records with one key answer every event alike, so that one of them is enough. */
  key(record: SagaRecord): string;
  /** Beyond this, records only repeat what smaller ones show. */
  isFarEnough(record: SagaRecord): boolean;
}

/** Every registered machine needs an entry: the laws fail for one without. */
export const samples: Readonly<Record<string, Samples>> = {
  execution: {
    begin: () => [accepted(), accepted({ stdinOpen: true })],
    events: (record) => everyEvent(attemptOf(record)),
    key: ({ snapshot }) => {
      const { attempt, retried, stdinOpen, evidence, held, podName, priority, limits } = contextOf(snapshot);
      const { reason } = verdict(evidence, limits);
      const cancelled = evidence.cancel !== undefined;
      return JSON.stringify([
        snapshot.value,
        attempt,
        retried,
        stdinOpen,
        held,
        cancelled,
        reason,
        podName !== null,
        snapshot.value === 'queued' ? priority : '',
      ]);
    },
    isFarEnough: (record) => attemptOf(record) > 2 || Number(record.snapshot.context.asked) > 2,
  },
  'dead-letter': deadLetterSamples,
  'account-removal': accountRemovalSamples,
};

const attemptOf = ({ snapshot }: SagaRecord): number => Number(snapshot.context.attempt);

export interface Visited {
  record: SagaRecord;
  /** Events that led here, each of which changed something. */
  path: Incoming[];
  /** Every sample event, delivered here. */
  outcomes: {
    event: Incoming;
    outcome: Outcome /** Key of the record that followed, where one did. */;
    to: string;
  }[];
}

const explored = new Map<string, Map<string, Visited>>();

export function explore(machine: DurableMachine): Map<string, Visited> {
  const known = explored.get(machine.name);
  if (known !== undefined) return known;
  const sample = samples[machine.name];
  if (sample === undefined) throw new Error(`add samples for the machine ${machine.name} to explore.ts`);
  const visited = new Map<string, Visited>();
  const waiting: Visited[] = [];
  const visit = (record: SagaRecord, path: Incoming[]): string => {
    const key = sample.key(record);
    if (visited.has(key)) return key;
    const here: Visited = { record, path, outcomes: [] };
    visited.set(key, here);
    waiting.push(here);
    return key;
  };
  for (const record of sample.begin()) visit(record, []);
  for (let here = waiting.shift(); here !== undefined; here = waiting.shift()) {
    if (sample.isFarEnough(here.record)) continue;
    for (const event of sample.events(here.record)) {
      const outcome = deliver(here.record, event);
      const to = outcome.kind === 'changed' ? visit(outcome.record, [...here.path, event]) : '';
      here.outcomes.push({ event, outcome, to });
    }
  }
  explored.set(machine.name, visited);
  return visited;
}
