// Mutants of versions side by side and of quarantine: nothing is written that somebody cannot read yet, and what somebody cannot
// read is left to others, never lost.
import type { Mutant } from './mutant.ts';

const registry = 'machines/registry.ts';
const consumer = 'actors/consumer.ts';
const quarantine = 'machines/quarantine.ts';

const coveredBy = (by: string, reason: string): Pick<Mutant, 'excuse'> => ({
  excuse: { kind: 'covered', by, reason },
});
const byVersions = 'tests/actors/versions.test.ts';
const deadlinesAsk = 'deadlines ask again once all processes are new';

export const versionMutants: readonly Mutant[] = [
  {
    name: 'newer-version-at-once',
    breaks: 'A newer version is written only once every live process knows it.',
    file: registry,
    find: 'return previous === null || knownByAll >= current.version ? current : previous;',
    replace: 'return previous === null || knownByAll < 0 ? (previous ?? current) : current;',
  },
  {
    name: 'older-version-steps-newer-record',
    breaks: 'Nobody steps a record that a newer version wrote.',
    file: registry,
    find: '  if (record.machineVersion > current.version) return null;\n',
    replace: '  if (record.machineVersion > current.version) return current;\n',
    also: [
      {
        file: 'machines/step.ts',
        find: "  if (record.machineVersion > machine.version) return { kind: 'newer' };\n",
        replace: '',
      },
    ],
  },
  {
    name: 'newer-version-left',
    breaks: 'A record of the newer version stays with it, whoever comes back.',
    file: registry,
    find: 'return record.machineVersion > written.version ? current : written;',
    replace: 'return written;',
    ...coveredBy(byVersions, 'it waits only until all processes are new'),
  },
  {
    name: 'raised-without-its-state',
    breaks: 'A record that is raised keeps the deadline of its state, though the state has another name.',
    file: 'machines/raise.ts',
    find: 'return { ...record, snapshot, state: snapshot.value };',
    replace: 'return { ...record, snapshot };',
    ...coveredBy('tests/machines/versions.test.ts', 'few runs are being stopped in the moment of an upgrade'),
  },
  {
    name: 'old-look-believed',
    breaks: 'What was known of the other processes is believed for a bounded time.',
    file: 'actors/kernel/live-versions.ts',
    find: '    if (ports.clock.monotonic() - lookedAt > believedMs) return 0;\n',
    replace: '',
    ...coveredBy(byVersions, 'somebody must begin while another has long been cut off from the store'),
  },
  {
    name: 'newer-holds-its-partition',
    breaks: 'A message that only a newer process can take holds up nobody.',
    file: consumer,
    find: '      if (isNewerVersion(error)) {',
    replace: '      if (isNewerVersion(error) && tries > 9) {',
    ...coveredBy(byVersions, 'it is held only until all processes are new'),
  },
  {
    name: 'newer-acknowledged',
    breaks: 'A message that only a newer process can take is on the bus again before it is acknowledged.',
    file: consumer,
    find: '        return ports.bus.publish([later]);\n',
    replace: '        return;\n',
    ...coveredBy(byVersions, deadlinesAsk),
  },
  {
    name: 'postponed-to-everybody',
    breaks: 'What is postponed is for those who could not take it.',
    file: consumer,
    find: '  if (found?.group !== group) return false;\n',
    replace: '  if (found === undefined) return false;\n',
    ...coveredBy(byVersions, 'a message that is heard twice changes nothing'),
  },
  {
    name: 'release-without-deadline',
    breaks: 'A record that is released has a deadline.',
    file: quarantine,
    find: 'return { ...next, ...alone({ name: deadlineName, at, arming: next.version }), quarantine: null };',
    replace: 'return { ...next, timers: [], nextDeadline: null, quarantine: null };',
    ...coveredBy('tests/machines/quarantine-laws.test.ts', 'no seed among many sets a record aside'),
  },
  {
    name: 'released-for-ever',
    breaks: 'Releases in vain cannot put the end off for ever.',
    file: quarantine,
    find: 'Math.max(at, before + quarantineLongestMs)',
    replace: 'at + quarantineLongestMs',
    ...coveredBy('tests/machines/quarantine-laws.test.ts', 'no seed among many sets a record aside'),
  },
  {
    name: 'salvaged-slots',
    breaks: 'A run that is given up lets go of every slot that its record tells.',
    file: 'machines/execution/abandon.ts',
    find: '  return { ...context, ...holding(record, context) };',
    replace: '  return context;',
    ...coveredBy('tests/machines/quarantine-laws.test.ts', 'no seed among many sets a record aside'),
  },
  {
    name: 'end-told-once',
    breaks: 'Who asks what became of a pod that is gone hears it, also when it was told before.',
    file: 'actors/pod-monitor/inspect.ts',
    find: "      if (placement.drained) await reportGone(observatory.reporter, of, 'The pod is gone');\n",
    replace: '      if (placement.drained) return;\n',
    ...coveredBy(
      'tests/actors/pod-monitor-watch.test.ts',
      'only a record in quarantine does not hear what is told',
    ),
  },
];
