// The world of one dead letter: an intake that tells its policy, people who send it again where it is left to them, and
// consumers that take the message the second time.
import type { SagaRecord } from '#src/domain/saga-record.ts';
import {
  asksAgain,
  discardRequested,
  failedAgain,
  handled,
  letter,
  policies,
  policyChosen,
  redriven,
  retryRequested,
  targetEnded,
} from './dead-letter-events.ts';
import { type Outside, once } from './outside.ts';

const redrivesOf = ({ snapshot }: SagaRecord): number => Number(snapshot.context.redrives);

export const deadLetterOutside: Outside = {
  begin: () => letter(),
  ways: [
    { name: 'that people and then its policy send again', interruption: () => () => null },
    { name: 'that nobody decides about', interruption: () => once('manual', asksAgain()) },
    { name: 'that is discarded by people', interruption: () => once('manual', discardRequested()) },
    {
      name: 'that is discarded before its policy',
      interruption: () => once('scheduled', discardRequested()),
    },
    { name: 'that is discarded while it is sent', interruption: () => once('retrying', discardRequested()) },
    { name: 'whose run has ended', interruption: () => once('retrying', targetEnded()) },
  ],
  commands: ['redrive_message_command'],
  world: () => ({
    answers({ payload }) {
      const number = Number(payload.redrive);
      return [redriven(number), number === 1 ? failedAgain(number) : handled(number)];
    },
    // What dead letters ask for becomes no letter; only their deadline helps.
    failure: () => [],
    left: () => [],
  }),
  idle(record) {
    const redrives = redrivesOf(record);
    if (record.state === 'manual') return retryRequested(redrives + 1);
    if (record.state !== 'received') return null;
    return policyChosen(redrives === 0 ? policies.manual : policies.exponential_backoff, redrives);
  },
  wrong({ record, said }) {
    const count = (type: string): number => said.filter((other) => other === type).length;
    const [told, discarded] = [count('dlq_message_retried'), count('dlq_message_discarded')];
    const words: string[] = [];
    if (told > redrivesOf(record)) words.push('more redrives were told than asked for');
    if (record.state === 'retried' && told !== redrivesOf(record)) words.push('a redrive was not told');
    if (discarded !== (record.state === 'retried' ? 0 : 1)) words.push(`${discarded} times discarded`);
    return words;
  },
  outcome: ({ state, snapshot }) => [state, snapshot.context.redrives],
};
