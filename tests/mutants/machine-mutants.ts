// Mutants of the execution machine: who may speak, what is evidence, when a run is repeated, when a slot comes back.
import type { Mutant } from './mutant.ts';

const chart = 'machines/execution/machine.ts';
const guards = 'machines/execution/guards.ts';
const evidence = 'machines/execution/evidence.ts';
const changes = 'machines/execution/changes.ts';

const whoMaySpeak: readonly Mutant[] = [
  {
    name: 'attempt-fence',
    breaks: 'What belongs to another attempt changes nothing.',
    file: guards,
    find: "'attempt' in event && event.attempt === context.attempt;",
    replace: "'attempt' in event && context.attempt > 0;",
  },
  {
    name: 'held-set',
    breaks: "An earlier attempt's slot comes back on the proof that its own pod is gone.",
    file: guards,
    find: "'attempt' in event && context.held.includes(event.attempt);",
    replace:
      "'attempt' in event && context.held.includes(event.attempt) && event.attempt === context.attempt;",
  },
  {
    name: 'slot-released-early',
    breaks: 'A slot is given back only on proof that its pod is gone, not when the script has ended.',
    file: changes,
    find: '  verdict: verdict(context.evidence, context.limits),',
    replace: '  held: [], slots: {}, verdict: verdict(context.evidence, context.limits),',
  },
  {
    name: 'slot-numbers',
    breaks: 'Every slot has a number that only one record can hold.',
    file: 'machines/execution/fields.ts',
    find: 'Object.values(contextOf(snapshot).slots).map(',
    replace: 'Object.values(contextOf(snapshot).slots).slice(1).map(',
  },
  {
    name: 'duplicate-admission',
    breaks: 'An attempt is admitted once, whoever else decides to admit it.',
    file: chart,
    find: "POD_CREATED: { guard: 'isNews', actions: ['notePod', 'sayStarted'] },",
    replace:
      "ADMITTED: { guard: 'own', actions: 'hold' },\nPOD_CREATED: { guard: 'isNews', actions: ['notePod', 'sayStarted'] },",
    also: [
      {
        file: 'actors/saga-orchestrator/scheduler.ts',
        find: 'id, cause, event: { ...event } };',
        replace: 'id, cause: cause + event.slot, event: { ...event } };',
      },
    ],
  },
];

const evidenceAndVerdict: readonly Mutant[] = [
  {
    name: 'answer-stops',
    breaks: "A limit's backstop needs the monitor's answer; the deadline alone stops nothing.",
    file: chart,
    find: "TIMER_FIRED: { guard: 'isDeadline', actions: ['asking', 'inspectPod', 'armInspection'] },",
    replace: "TIMER_FIRED: { guard: 'isDeadline', target: 'stopping', actions: ['asking'] },",
  },
  {
    name: 'stopped-is-loss',
    breaks: 'An exit that tells of a stop which nobody of ours asked for is a loss.',
    file: evidence,
    find: "const stops: readonly ExitCause[] = ['stopped', 'no_reader'];",
    replace: "const stops: readonly ExitCause[] = ['no_reader'];",
  },
  {
    name: 'pause-over-is-loss',
    breaks: 'A script that was ended because nobody read it is a loss.',
    file: evidence,
    find: "const stops: readonly ExitCause[] = ['stopped', 'no_reader'];",
    replace: "const stops: readonly ExitCause[] = ['stopped'];",
  },
  {
    name: 'exit-from-log',
    breaks: 'The sealed output carries its exit frame, and that is evidence whatever was heard before.',
    file: evidence,
    find: 'return event.exit === null ? evidence : { ...evidence, exit: event.exit };',
    replace: 'return evidence;',
  },
  {
    name: 'cancel-before-exit',
    breaks: "A script's own end in its log comes before the wish to cancel it.",
    file: 'machines/execution/verdict.ts',
    find: "  if (evidence.storage !== undefined) return 'result_lost';",
    replace:
      "  if (evidence.cancel !== undefined) return 'cancelled';\n  if (evidence.storage !== undefined) return 'result_lost';",
  },
  {
    name: 'reason-overwritten',
    breaks: 'A verdict that fell is never changed.',
    file: chart,
    find: "'letGo', 'sayCompensated'] },",
    replace: "'letGo', 'sayCompensated'] },\nCANCEL_REQUESTED: { actions: ['note', 'judge'] },",
  },
  {
    name: 'evidence-carried-over',
    breaks: 'A next attempt begins without the evidence of the one before.',
    file: changes,
    find: '  evidence: {},\n  podName: null,\n  queuedAt: event.at,',
    replace: '  podName: null,\n  queuedAt: event.at,',
  },
];

const repetition: readonly Mutant[] = [
  {
    name: 'retry-once',
    breaks: 'A run is repeated once after a loss by the platform.',
    file: guards,
    find: 'own(asked) && repeatable(asked) && !asked.context.retried;',
    replace: 'own(asked) && repeatable(asked);',
  },
  {
    name: 'open-input-is-not-repeated',
    breaks: 'A run that may have had interactive input is never repeated.',
    file: guards,
    find: '  !context.stdinOpen && context.evidence.cancel === undefined;',
    replace: '  context.evidence.cancel === undefined;',
  },
  {
    name: 'cancelled-is-not-repeated',
    breaks: 'A run that was cancelled is never repeated.',
    file: guards,
    find: '  !context.stdinOpen && context.evidence.cancel === undefined;',
    replace: '  !context.stdinOpen;',
    excuse: {
      kind: 'spare',
      reason:
        'every state that repeats leaves it when a cancellation comes, so the wish is never noted there',
    },
    seedsMax: 60,
  },
  {
    name: 'create-repeats',
    breaks: 'The deadline of the start repeats its command.',
    file: chart,
    find: "          actions: ['asking', 'createPod', 'inspectPod', 'armStarting'],",
    replace: "          actions: ['asking', 'inspectPod', 'armStarting'],",
    excuse: {
      kind: 'covered',
      by: 'tests/machines/execution-limits.test.ts',
      reason:
        'the bus keeps a command until it is carried out, so that the repetition only helps where that fails',
    },
  },
  {
    name: 'collecting-repeats',
    breaks: 'The deadline of the collecting repeats its command.',
    file: chart,
    find: "TIMER_FIRED: { guard: 'isDeadline', actions: ['asking', 'storeResult', 'armCollecting'] },",
    replace: "TIMER_FIRED: { guard: 'isDeadline', actions: ['asking', 'armCollecting'] },",
    excuse: {
      kind: 'covered',
      by: 'tests/machines/execution-limits.test.ts',
      reason:
        'the bus keeps a command until it is carried out, and its frames are stored before an end is told',
    },
  },
  {
    name: 'deadline-on-entry',
    breaks: 'Each state arms its deadline on entering it.',
    file: chart,
    find: "      entry: ['fresh', 'storeResult', 'armCollecting'],",
    replace: "      entry: ['fresh', 'storeResult'],",
  },
  {
    name: 'deadline-asks-again',
    breaks: 'A deadline that fired is armed anew.',
    file: chart,
    find: "actions: ['asking', 'inspectPod', 'armInspection'] },",
    replace: "actions: ['asking', 'inspectPod'] },",
  },
  {
    name: 'earlier-attempt-is-deleted',
    breaks: 'A run that goes on to its next attempt asks for the end of the one before.',
    file: 'machines/execution/actions.ts',
    find: "leaveAttempt: say((context) => [requests.deletePod(context, context.attempt, 'lost', false)]),",
    replace: 'leaveAttempt: say(() => []),',
    excuse: {
      kind: 'covered',
      by: 'tests/machines/execution.test.ts',
      reason: 'the scheduler’s role repeats the deletion of earlier attempts by itself, only later',
    },
  },
];

export const machineMutants: readonly Mutant[] = [...whoMaySpeak, ...evidenceAndVerdict, ...repetition];
