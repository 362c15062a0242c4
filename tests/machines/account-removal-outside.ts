// The world of one removal: an account with a run that ends when it is told to, and one that is accepted at the last moment.
import { asksAgain, dataRemoved, refused, removal, runsCounted } from './account-removal-events.ts';
import { type Outside, once } from './outside.ts';

export const accountRemovalOutside: Outside = {
  begin: () => removal(),
  ways: [
    { name: 'with runs', interruption: () => () => null },
    { name: 'whose deadline is early', interruption: () => once('closing', asksAgain()) },
    { name: 'whose deadline is early in the end', interruption: () => once('removing', asksAgain()) },
    { name: 'of the last admin', interruption: () => once('closing', refused()) },
  ],
  commands: ['close_account_command', 'remove_account_command'],
  world({ state }) {
    let unfinished = state === 'closing' ? 1 : 0;
    let late = 1;
    let ended = state === 'closing' ? 0 : 1;
    let removes = state === 'removing';
    return {
      answers({ type, payload }) {
        const number = Number(payload.number);
        if (type === 'close_account_command') {
          const left = unfinished;
          ended += unfinished;
          unfinished = 0;
          return [runsCounted(number, left)];
        }
        removes = true;
        unfinished += late;
        late = 0;
        if (unfinished > 0) return [runsCounted(number, unfinished)];
        const executions = ended;
        ended = 0;
        return [dataRemoved(number, { executions })];
      },
      // What a removal asks for is asked for again by its deadline.
      failure: () => [],
      left: () => (removes && unfinished + ended > 0 ? ['a run'] : []),
    };
  },
  wrong({ record, said }) {
    const deleted = said.filter((type) => type === 'user_deleted').length;
    const expected = record.state === 'removed' ? 1 : 0;
    return deleted === expected ? [] : [`${deleted} times it was said that the user is deleted`];
  },
  outcome: ({ state }) => state,
};
