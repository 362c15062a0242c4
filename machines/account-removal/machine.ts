// The removal of one account, as data in and data out. Invariants:
// - nothing is removed while a run of the account is unfinished: it is cancelled first, and asked for again and again;
// - the account is gone only once a later look, after everything that was under way, has left nothing;
// - an answer counts for its own question only;
// - it is said once that the user is deleted, and never of an account that stays.
// It performs nothing, reads no clock and draws no ids: it only assigns and emits.
import { accountRemoval, actions } from './actions.ts';
import { requested } from './changes.ts';
import { guards } from './guards.ts';

export const accountRemovalMachine = accountRemoval.extend({ actions, guards }).createMachine({
  id: 'account-removal',
  context: ({ input }) => requested(input),
  initial: 'closing',
  states: {
    closing: {
      entry: 'askClosing',
      on: {
        RUNS_COUNTED: [
          { guard: 'hasRuns', actions: 'noteRuns' },
          { guard: 'hasNoRuns', target: 'removing', actions: ['noteRuns', 'askAnew'] },
        ],
        REFUSED: { guard: 'isOpen', target: 'refused', actions: 'noteRefusal' },
        TIMER_FIRED: { guard: 'isDeadline', actions: ['askAgain', 'askClosing'] },
      },
    },
    removing: {
      entry: 'askRemoving',
      on: {
        RUNS_COUNTED: { guard: 'hasRuns', target: 'closing', actions: ['noteRuns', 'askAnew'] },
        DATA_REMOVED: [
          { guard: 'isClean', target: 'removed', actions: 'noteRemoved' },
          { guard: 'isCurrent', actions: 'noteRemoved' },
        ],
        TIMER_FIRED: { guard: 'isDeadline', actions: ['askAgain', 'askRemoving'] },
      },
    },
    removed: { type: 'final', entry: 'sayDeleted' },
    refused: { type: 'final' },
  },
});
