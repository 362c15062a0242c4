// Mutants of the order of the queue, of its limits and of what a new scheduler does first. The simulation has few runs and
// one limit, so it sees little of them: properties on the virtual clock do.
import type { Excuse, Mutant } from './mutant.ts';

const queue = 'src/domain/queue.ts';
const scheduler = 'actors/saga-orchestrator/scheduler.ts';

const covered = (by: string, reason: string): { excuse: Excuse } => ({
  excuse: { kind: 'covered', by, reason },
});
const properties = 'tests/actors/scheduling.test.ts';
const laws = 'tests/actors/queue-laws.test.ts';

export const queueMutants: readonly Mutant[] = [
  {
    name: 'no-ageing',
    breaks: 'Waiting lifts a run above fresher ones of a higher priority.',
    file: queue,
    find: 'Math.floor(Math.max(0, now - entry.createdAt) / (ageingMs * (share + 1)));',
    replace: '0;',
    ...covered(properties, 'five runs wait too shortly for it'),
  },
  {
    name: 'ageing-without-share',
    breaks: 'A run ages the slower, the more slots its user holds.',
    file: queue,
    find: '(ageingMs * (share + 1))',
    replace: 'ageingMs',
    ...covered(laws, 'no user of the simulation crowds the others out'),
  },
  {
    name: 'age-of-the-attempt',
    breaks: 'A repeated attempt keeps the age of its run.',
    file: queue,
    find: 'now - entry.createdAt',
    replace: 'now - entry.queuedAt',
    ...covered(laws, 'the order of few runs tells nobody'),
  },
  {
    name: 'any-free-slot',
    breaks: 'The lowest free slots are given out, so that two schedulers meet at a number.',
    file: queue,
    find: 'for (let slot = 1; free.length < count; slot += 1)',
    replace: 'for (let slot = 1 + (taken.size % 2); free.length < count; slot += 1)',
    ...covered(laws, 'two schedulers seldom differ by more than one slot'),
  },
  {
    name: 'own-limits-ignored',
    breaks: 'A user with a quota of their own has that one.',
    file: queue,
    find: 'limits.concurrentByUser.get(userId) ?? ',
    replace: '',
    ...covered(laws, 'nobody sets quotas in the simulation'),
  },
  {
    name: 'part-of-the-queue',
    breaks: 'A new scheduler reads all that waits before it admits anybody.',
    file: 'src/ports/paging.ts',
    find: '    after = page.next;',
    replace: '    after = null;',
    ...covered(properties, 'five runs are one page'),
  },
  {
    name: 'pause-unheard',
    breaks: 'Nobody is admitted while admission is paused.',
    file: scheduler,
    find: '    if (!log.paused()) await admit();',
    replace: '    await admit();',
    ...covered(properties, 'nobody pauses the simulation'),
  },
  {
    name: 'strangers-slots-without-user',
    breaks: 'What another scheduler admitted counts against the share of its user.',
    file: scheduler,
    find: '      if ([...view.holders.values()].includes(null)) await view.refreshSlots();\n',
    replace: '',
    ...covered('tests/actors/scheduler.test.ts', 'the simulation allows two schedulers to exceed a share'),
  },
];
