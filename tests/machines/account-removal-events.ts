// A removal of an account and its events as tests write them: short, with sane values for what a test does not care about.
import { contextOf } from '#machines/account-removal/snapshot.ts';
import { machineNamed } from '#machines/registry.ts';
import { startRecord } from '#machines/step.ts';
import type { JsonObject } from '#src/domain/json.ts';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { Incoming } from './execution-events.ts';

export const requestedAt = 1_000_000;

export function removal(overrides: JsonObject = {}): SagaRecord {
  const machine = machineNamed('account-removal');
  if (machine === null) throw new Error('the machine of account removals is not registered');
  const input = {
    removalId: 'removal-1',
    userId: 'user-1',
    by: 'user-1',
    reason: 'left',
    isAdmin: false,
    attemptsName: 'digest',
    ...overrides,
  };
  return startRecord(machine, { id: 'removal-1', input, cause: 'request-1', at: requestedAt });
}

export const runsCounted = (number: number, left = 0): Incoming => ({ type: 'RUNS_COUNTED', number, left });
export const refused = (): Incoming => ({ type: 'REFUSED', words: 'The last admin cannot leave' });
export const dataRemoved = (number: number, counts: JsonObject = {}): Incoming => ({
  type: 'DATA_REMOVED',
  number,
  executions: 0,
  documents: 0,
  left: 0,
  ...counts,
});
export const asksAgain = (): Incoming => ({ type: 'TIMER_FIRED', name: 'deadline' });

const everyRemovalEvent = (number: number): Incoming[] => [
  refused(),
  asksAgain(),
  ...[number - 1, number, number + 1].filter((one) => one > 0).flatMap(answersTo),
];

const answersTo = (number: number): Incoming[] => [
  runsCounted(number),
  runsCounted(number, 2),
  dataRemoved(number),
  dataRemoved(number, { documents: 3 }),
  dataRemoved(number, { executions: 2 }),
  dataRemoved(number, { left: 1 }),
];

/** For the exploration. */
export const accountRemovalSamples = {
  begin: () => [removal(), removal({ isAdmin: true })],
  events: (record: SagaRecord) => everyRemovalEvent(contextOf(record.snapshot).number),
  key: ({ snapshot }: SagaRecord) => {
    const { isAdmin, closed, asked, left } = contextOf(snapshot);
    return JSON.stringify([snapshot.value, isAdmin, closed, asked, left > 0]);
  },
  isFarEnough: ({ snapshot }: SagaRecord) => contextOf(snapshot).asked > 3,
};
