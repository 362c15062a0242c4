// Mutants of the removal of accounts: nothing too early, nothing left, and never the last admin.
import type { Mutant } from './mutant.ts';

const chart = 'machines/account-removal/machine.ts';
const guards = 'machines/account-removal/guards.ts';

export const removalMutants: readonly Mutant[] = [
  {
    name: 'removal-without-deadline-answer',
    breaks: 'A removal whose runs have not ended asks again.',
    file: chart,
    find: "TIMER_FIRED: { guard: 'isDeadline', actions: ['askAgain', 'askClosing'] },",
    replace: "TIMER_FIRED: { guard: 'isDeadline', actions: ['askAgain'] },",
  },
  {
    name: 'removed-with-remains',
    breaks: 'An account is gone only once nothing of it is left.',
    file: guards,
    find: '    asked.event.left === 0 &&\n',
    replace: '',
  },
  {
    name: 'removed-after-one-look',
    breaks: 'A second look finds what was under way during the first.',
    file: guards,
    find: 'const looksMin = 2;',
    replace: 'const looksMin = 1;',
    seedsMax: 60,
    excuse: {
      kind: 'covered',
      by: 'tests/machines/account-removal.test.ts',
      reason: 'a request has to be accepted between the only look and its answer',
    },
  },
  {
    name: 'late-output-of-removed',
    breaks: 'What comes late of a removed run is found by its emptied record.',
    file: 'actors/saga-orchestrator/account-erasure.ts',
    find: 'if (await removeRecord(ports, run, lateMs)) erased.executions += 1;',
    replace: 'if (await removeRecord(ports, run, 0)) erased.executions += 1;',
  },
  {
    name: 'last-admin-leaves',
    breaks: 'Whoever carries out a removal looks whether an admin would be left.',
    file: 'actors/saga-orchestrator/account-closing.ts',
    find: "if (body.role !== 'admin') return false;",
    replace: "if (body.role !== 'nobody') return false;",
  },
];
