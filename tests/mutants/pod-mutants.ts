// Mutants of the worker, the monitor and the output: one pod for one attempt, nothing is called lost that lives, no output is mixed.
import type { Mutant } from './mutant.ts';

const placements = 'actors/placements.ts';
const bury = 'actors/k8s-worker/bury.ts';
const gone = 'actors/gone.ts';
const seal = 'actors/seal.ts';
const session = 'actors/pod-monitor/session.ts';
const conclusion = 'actors/pod-monitor/conclusion.ts';
const conversation = 'actors/pod-monitor/conversation.ts';

const onePod: readonly Mutant[] = [
  {
    name: 'delete-marks',
    breaks: 'Deleting an attempt that has no placement inserts one, so that nothing is made for it later.',
    file: placements,
    find: "      if ((await collection.insert(key, tombstone)).kind === 'inserted') return tombstone;",
    replace: '      return tombstone;',
  },
  {
    name: 'uid-once',
    breaks: 'The uid of an attempt’s pod is written once.',
    file: placements,
    find: "        { state: 'placed', podUid: { exists: false } },",
    replace: "        { state: 'placed' },",
    excuse: {
      kind: 'covered',
      by: 'tests/actors/attempt-words.test.ts',
      reason: 'it takes two creations side by side and a pod that vanishes between them',
    },
  },
  {
    name: 'job-to-the-one-uid',
    breaks: 'Only the pod whose uid was written first is given the job.',
    file: session,
    find: '  return isOnlyPod ? placement : null;',
    replace: '  return isOnlyPod || placement !== null ? placement : null;',
    excuse: {
      kind: 'covered',
      by: 'tests/actors/pod-monitor-session.test.ts',
      reason: 'the janitor takes stray pods away before they boot',
    },
  },
  {
    name: 'nonce-of-the-attempt',
    breaks: 'The word with which a supervisor speaks belongs to one attempt.',
    file: 'actors/pod-monitor/nonce.ts',
    find: 'attemptKey(execution, attempt)',
    replace: 'attemptKey(execution, attempt - attempt)',
  },
  {
    name: 'no-job-after-deletion',
    breaks: 'A script that has not begun when its attempt is deleted never begins.',
    file: 'actors/pod-monitor/speech.ts',
    find: 'const saysJob = !heard.isDeleted && heard.next === 0',
    replace: 'const saysJob = heard.next === 0',
    excuse: {
      kind: 'covered',
      by: 'tests/actors/pod-monitor-wire.test.ts',
      reason: 'the worker deletes a pod without a job before its second look',
    },
  },
  {
    name: 'stray-pods',
    breaks: 'A pod that is not the one of its attempt is taken away.',
    file: 'actors/k8s-worker/janitor.ts',
    find: '  return placement.podUid !== null && placement.podUid !== pod.uid;',
    replace: '  return false;',
    excuse: {
      kind: 'covered',
      by: 'tests/actors/k8s-worker.test.ts',
      reason: 'a name is made once, so that a second pod of one attempt is hardly ever there',
    },
  },
  {
    name: 'drain-first',
    breaks: 'A pod that got its job goes only when its last frame is stored, or after a bound.',
    file: bury,
    find: '  return now - (placement.deletedAt ?? now) < drainBoundMs;',
    replace: '  return false;',
  },
  {
    name: 'gone-by-proof',
    breaks: 'A pod is called gone only when a fresh look does not find it.',
    file: bury,
    find: '    if ((await podOf(workshop, placement)) !== null) return;',
    replace: '',
  },
  {
    name: 'bury-repeats',
    breaks: 'A deletion goes on by itself until the pod is proved gone.',
    file: bury,
    find: "  for await (const placement of placements.inState('deleted')) {\n    if (signal.aborted) break;",
    replace:
      "  for await (const placement of placements.inState('deleted')) {\n    if (looked.size >= 0) break;",
  },
];

const absence: readonly Mutant[] = [
  {
    name: 'placement-before-list',
    breaks: 'An absence is read as the placement first, then the pods.',
    file: 'actors/pod-monitor/watcher.ts',
    find: `  const placed: Placement[] = [];
  for await (const placement of observatory.placements.inState('placed')) placed.push(placement);
  const pods = await observatory.pods.list();`,
    replace: `  const pods = await observatory.pods.list();
  const placed: Placement[] = [];
  for await (const placement of observatory.placements.inState('placed')) placed.push(placement);`,
    seedsMax: 60,
    excuse: {
      kind: 'spare',
      reason: 'the fresh look at the one uid bears it; without both it is noticed (absence)',
    },
  },
  {
    name: 'absence-by-fresh-look',
    breaks: 'Absence from a list proves nothing; the one uid is looked for anew.',
    file: conclusion,
    find: "  if ((await pods.get(pod.uid)) !== null) return 'there';",
    replace: '',
  },
  {
    name: 'absence',
    breaks: 'An absence is proved, by the order of the looks or by a fresh one.',
    file: 'actors/pod-monitor/watcher.ts',
    find: `  const placed: Placement[] = [];
  for await (const placement of observatory.placements.inState('placed')) placed.push(placement);
  const pods = await observatory.pods.list();`,
    replace: `  const pods = await observatory.pods.list();
  const placed: Placement[] = [];
  for await (const placement of observatory.placements.inState('placed')) placed.push(placement);`,
    also: [
      { file: conclusion, find: "  if ((await pods.get(pod.uid)) !== null) return 'there';", replace: '' },
    ],
  },
  {
    name: 'confirmed-before-absent',
    breaks: 'A pod counts as absent only once it was claimed or made.',
    file: 'actors/pod-monitor/watcher.ts',
    find: '  if (podUid === null || !confirmed) return;',
    replace: '  if (podUid === null) return;',
    seedsMax: 60,
    excuse: {
      kind: 'spare',
      reason: 'a warm pod that is gone before it was claimed is a loss all the same, and the worker says so',
    },
  },
  {
    name: 'owner-proved-dead',
    breaks: 'An owner of sandboxes is dead only when its lease was absent for longer than they survive.',
    file: 'actors/ownership.ts',
    find: 'const absentMs = 120_000;',
    replace: 'const absentMs = 1_000;',
  },
  {
    name: 'overdue-of-a-living-owner',
    breaks: 'Only the script of a living owner can be beyond its limit.',
    file: 'actors/pod-monitor/inspect.ts',
    find: "life === 'alive' ? lastSignMs : undecided",
    replace: 'life === null ? undecided : 0',
  },
  {
    name: 'seal-before-lost',
    breaks: 'The output is sealed before an attempt is called lost.',
    file: gone,
    find: 'const sealed = await sealAttempt(reporter.outputLog, execution, attempt, -1);',
    replace: 'const sealed = null as Awaited<ReturnType<typeof sealAttempt>>;',
  },
  {
    name: 'retry-although-ended',
    breaks: 'An attempt whose end is in its log is not called lost.',
    file: gone,
    find: '  if (sealed !== null && sealed.exit !== null) {',
    replace: '  if (sealed !== null && sealed.exit !== null && sealed.last < 0) {',
  },
  {
    name: 'seal-before-unstartable',
    breaks: 'An attempt that has begun is not called unstartable.',
    file: gone,
    find: '  if (seal === null) return;',
    replace: '',
    excuse: {
      kind: 'covered',
      by: 'tests/actors/attempt-words.test.ts',
      reason: 'it takes a pod that starts in the moment in which it is called unstartable',
    },
  },
];

const output: readonly Mutant[] = [
  {
    name: 'seal-is-chunk',
    breaks: 'The seal takes the key of the next frame, so that no frame follows it.',
    file: seal,
    find: "{ kind: 'seal', number: from, seal: { last: end.last } },",
    replace: "{ kind: 'seal', number: from + 1, seal: { last: end.last } },",
  },
  {
    name: 'frame-after-the-seal',
    breaks: 'An exit frame that was dropped behind the seal is no end.',
    file: 'actors/pod-monitor/progress.ts',
    find: '  progress.seal === null || number <= progress.seal.last;',
    replace: '  progress.seal === null || number >= 0;',
    excuse: {
      kind: 'covered',
      by: 'tests/actors/pod-monitor-session.test.ts',
      reason: 'whoever seals has read the log to its end, and tells the exit that is in it',
    },
  },
  {
    name: 'collect-patience',
    breaks: 'The output is sealed only when every frame up to the reported exit is there.',
    file: 'actors/result-processor/store-result.ts',
    find: 'execution_id, attempt, last ?? -1);',
    replace: 'execution_id, attempt, -1);',
    excuse: {
      kind: 'covered',
      by: 'tests/actors/result-processor.test.ts',
      reason: 'an end is told only when its frames are stored, and the simulated log is never read late',
    },
  },
  {
    name: 'acknowledged-before-stored',
    breaks: 'A supervisor is told that its frames are stored only when they are.',
    file: 'actors/pod-monitor/frame-store.ts',
    find: '        const seal = await patiently(',
    replace: '        stored({ frames, seal: null });\n        const seal = await patiently(',
  },
  {
    name: 'frames-in-order',
    breaks: 'A frame is taken only when it is the next one.',
    file: conversation,
    find: '    if (said.number !== progress.next) continue;\n    progress.next += 1;',
    replace: '    if (said.number < progress.next) continue;\n    progress.next = said.number + 1;',
  },
  {
    name: 'missed-frames-are-asked-for',
    breaks: 'A frame that did not arrive is asked for again.',
    file: conversation,
    find: '    if (said.number > progress.next && !ears.gap) {',
    replace: '    if (said.number < 0 && !ears.gap) {',
    excuse: {
      kind: 'covered',
      by: 'tests/actors/pod-monitor-session.test.ts',
      reason: 'doubt about a broken line, and a new channel, ask again, too',
    },
  },
  {
    name: 'job-had-already',
    breaks: 'Before a deleted attempt is called unheard, its supervisor is asked whether it has begun.',
    file: session,
    find: '    if (!(await insist(() => hasBegun(observatory, progress.nonce, pod, signal)))) {',
    replace: '    if (progress.stored < 0) {',
    excuse: {
      kind: 'covered',
      by: 'tests/actors/pod-monitor-session.test.ts',
      reason: 'a monitor has to die between the job and the first frame, of a run that is deleted then',
    },
  },
  {
    name: 'input-lost',
    breaks: 'Input that was under way when a channel broke is said again.',
    file: 'actors/pod-monitor/input-feed.ts',
    find: '    sent = taken;\n',
    replace: '    taken = sent;\n',
    excuse: {
      kind: 'covered',
      by: 'tests/actors/pod-monitor-session.test.ts',
      reason: 'a script whose input never comes runs into its time limit, as one may to which nobody types',
    },
  },
  {
    name: 'input-of-all-attempts',
    breaks: 'What was given with a run belongs to all its attempts.',
    file: session,
    find: "const inputAttempt = input.stdin === 'given' ? 1 : attempt;",
    replace: 'const inputAttempt = attempt;',
    seedsMax: 30,
    excuse: {
      kind: 'rare',
      reason:
        'a repeated script without its input runs into its time limit, which the laws let pass for scripts that read',
    },
  },
  {
    name: 'told-before-drained',
    breaks: 'An end is told before the pod may go.',
    file: conclusion,
    find: '  await observatory.placements.markDrained(execution, attempt);\n}\n\n/** The pod ended,',
    replace: '}\n\n/** The pod ended,',
    also: [
      {
        file: conclusion,
        find: '  const isThere = exitFrame !== null',
        replace:
          '  await observatory.placements.markDrained(execution, attempt);\n  const isThere = exitFrame !== null',
      },
    ],
    seedsMax: 30,
    excuse: {
      kind: 'rare',
      reason: 'its monitor has to die between two writes, and an inspection tells the end from the log',
    },
  },
];

export const podMutants: readonly Mutant[] = [...onePod, ...absence, ...output];
