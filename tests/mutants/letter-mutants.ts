// Mutants of dead letters: one letter for each message, each redrive once, and over only on proof that it was taken.
import type { Mutant } from './mutant.ts';

const chart = 'machines/dead-letter/machine.ts';

export const letterMutants: readonly Mutant[] = [
  {
    name: 'double-redrive',
    breaks: 'A second click, on a page that still shows the count from before, sends nothing again.',
    file: 'machines/dead-letter/guards.ts',
    find: "event.type === 'RETRY_REQUESTED' && event.redrive === context.redrives + 1,",
    replace: "event.type === 'RETRY_REQUESTED' && event.redrive <= context.redrives + 1,",
  },
  {
    name: 'second-letter',
    breaks: 'A message that was sent again and fails again comes back to its own letter.',
    file: 'actors/dead-letters.ts',
    find: 'dlq_event_id: redrive?.letter ?? id,',
    replace: 'dlq_event_id: id,',
  },
  {
    name: 'failed-again-unheard',
    breaks: 'A letter hears that its message failed again.',
    file: 'actors/dlq-processor/intake.ts',
    find: "if (kind !== 'started' && redrive > 0) {",
    replace: "if (kind !== 'started' && redrive > 9) {",
  },
  {
    name: 'letter-without-deadline',
    breaks: 'A letter whose message is being sent has a deadline.',
    file: chart,
    find: "entry: ['askRedrive', 'armRetrying'],",
    replace: "entry: ['askRedrive'],",
  },
  {
    name: 'taken-without-proof',
    breaks: 'A letter is over only once those who had failed have taken its message.',
    file: chart,
    find: "REDRIVEN: { guard: 'isCurrent', actions: ['sayRetried', 'noteTold'] },",
    replace: "REDRIVEN: { guard: 'isCurrent', target: 'retried', actions: ['sayRetried', 'noteTold'] },",
  },
  {
    name: 'taken-untold',
    breaks: 'Who takes a message that was sent again says so.',
    file: 'actors/consumer.ts',
    find: '      await tellTaken(ports, settings, event);\n',
    replace: '',
  },
  {
    name: 'redrive-told-twice',
    breaks: 'That a message was sent again is told once.',
    file: chart,
    find: "REDRIVEN: { guard: 'isCurrent', actions: ['sayRetried', 'noteTold'] },",
    replace: "REDRIVEN: { guard: 'isCurrent', actions: ['sayRetried'] },",
  },
  {
    name: 'redrive-for-everybody',
    breaks: 'A message is sent again to those who failed and to nobody else.',
    file: 'actors/consumer.ts',
    find: '  if (!isForGroup(message, settings.group)) return;\n',
    replace: '',
    excuse: {
      kind: 'covered',
      by: 'tests/actors/dead-letters.test.ts',
      reason: 'no message of the simulation that dies has two groups of consumers',
    },
  },
  {
    name: 'redrive-into-ended',
    breaks: 'A message for a run that has ended is not sent again: its letter is closed.',
    file: 'actors/dlq-processor/redrive.ts',
    find: "  if (await hasEnded(ports.records, again)) return { type: 'TARGET_ENDED', redrive };\n",
    replace: '',
    excuse: {
      kind: 'covered',
      by: 'tests/actors/dead-letters.test.ts',
      reason: 'an ended run bears this message, as it bears whatever comes late',
    },
  },
  {
    name: 'letters-about-letters',
    breaks: 'A message about a letter that is given up becomes no letter.',
    file: 'actors/dead-letters.ts',
    find: '  if (isOfLetters(event)) return [alarm];\n',
    replace: '',
    excuse: {
      kind: 'covered',
      by: 'tests/actors/consumer.test.ts',
      reason: 'the simulated world makes no mistake in the keeper of letters itself',
    },
  },
];
