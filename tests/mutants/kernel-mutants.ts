// Mutants of the kernel, the consumers and the scheduler: nothing is lost between a message, its commit and its outbox.
import type { Mutant } from './mutant.ts';

const kernel = 'actors/kernel/kernel.ts';
const relay = 'actors/kernel/relay.ts';
const turn = 'actors/kernel/turn.ts';
const consumer = 'actors/consumer.ts';
const nextRecord = 'machines/next-record.ts';

const outbox: readonly Mutant[] = [
  {
    name: 'effect-lost',
    breaks:
      'What a turn asked for stays in the record until it is on the bus, whatever is committed meanwhile.',
    file: nextRecord,
    find: 'outbox: [...record.outbox.filter((row) => row.n > record.sentThrough), ...rows],',
    replace: 'outbox: rows,',
  },
  {
    name: 'last-effect-lost',
    breaks: 'Every effect of a turn is committed with it.',
    file: nextRecord,
    find: '  return rows.map(({ type, payload }, index) => ({\n    n: record.nextRow + index,',
    replace: '  return rows.slice(0, 3).map(({ type, payload }, index) => ({\n    n: record.nextRow + index,',
  },
  {
    name: 'sweep',
    breaks: 'Rows that a process left behind are found by another.',
    file: relay,
    find: '    const found = await ports.records.unsent(before, sweepLimit);',
    replace: '    const found = (await ports.records.unsent(before, sweepLimit)).slice(0, 0);',
  },
  {
    name: 'never-marked',
    breaks: 'What was published is marked.',
    file: kernel,
    find: '  const relay = createRelay(ports, producer);',
    replace:
      '  const relay = createRelay({ ...ports, records: { ...ports.records, mark: async () => undefined } }, producer);',
  },
  {
    name: 'mark-before-publish',
    breaks: 'Nothing is marked that was not published.',
    file: relay,
    find: '    await ports.bus.publish(events);\n    sent.published(record, last);',
    replace: '    sent.published(record, last);\n    await ports.bus.publish(events);',
  },
  {
    name: 'sent-without-publishing',
    breaks: 'A commit carries the mark of what is on the bus, and of nothing more.',
    file: turn,
    find: 'const marked = { ...record, sentThrough: sentThrough(record) };',
    replace: 'const marked = { ...record, sentThrough: Math.max(sentThrough(record), record.nextRow - 2) };',
  },
  {
    name: 'sent-through-lowered',
    breaks: 'The mark of what was sent never goes back.',
    file: turn,
    find: 'const marked = { ...record, sentThrough: sentThrough(record) };',
    replace: 'const marked = { ...record, sentThrough: 0 };',
    excuse: {
      kind: 'covered',
      by: 'tests/actors/kernel.test.ts',
      reason: 'the store keeps the highest mark; a lower one only publishes twice, which all bear',
    },
  },
  {
    name: 'rows-of-an-earlier-turn',
    breaks: 'Rows are numbered on from those before.',
    file: nextRecord,
    find: 'nextRow: record.nextRow + rows.length,',
    replace: 'nextRow: record.nextRow + Math.min(rows.length, 3),',
  },
];

const turns: readonly Mutant[] = [
  {
    name: 'ack-after-commit',
    breaks: 'A message is acknowledged only when what it changed is committed.',
    file: consumer,
    find: '      await dispatch(settings.handlers, event);',
    replace: '      void dispatch(settings.handlers, event).catch(String);',
  },
  {
    name: 'cancel-answered-early',
    breaks: 'A cancellation is answered only when it is committed.',
    file: kernel,
    find: '      const result = await take({ machine, id, cause, event });\n',
    replace: `      const asked = event.type === 'CANCEL_REQUESTED' ? await ports.records.load(machine, id) : null;
      const taking = take({ machine, id, cause, event });
      if (asked !== null) void taking.catch(String);
      const result: TurnResult = asked === null ? await taking : { kind: 'unchanged', record: asked };
`,
  },
  {
    name: 'accepted-early',
    breaks: 'A run is accepted only when its record is stored.',
    file: 'actors/kernel/start.ts',
    find: '      const outcome = await ports.records.insert(record, events);',
    replace:
      "      void ports.records.insert(record, events).catch(String);\n      const outcome: StartOutcome = { kind: 'started', record };",
  },
  {
    name: 'input-repeated',
    breaks: 'A message that comes again changes nothing.',
    file: 'machines/step.ts',
    find: 'if (record.final || record.seen.includes(cause))',
    replace: 'if (record.final)',
    excuse: {
      kind: 'covered',
      by: 'tests/machines/step.test.ts',
      reason: 'the guards of the chart bear a repetition, too: attempts, armings and states tell them apart',
    },
  },
  {
    name: 'conflict-ignored',
    breaks: 'A turn that lost its race against another process is taken again.',
    file: turn,
    find: "  if (outcome.kind === 'conflict') return null;",
    replace: '',
  },
  {
    name: 'timer-lost-at-restart',
    breaks: 'Deadlines are in the store; a process fires those that others have armed.',
    file: 'actors/kernel/timers.ts',
    find: '    armedSince = Number.POSITIVE_INFINITY;\n    const stored = await ports.records.nextDeadline();',
    replace: `    const stored = Number.isFinite(armedSince) ? armedSince : null;
    if (stored !== null && stored <= ports.clock.now()) armedSince = Number.POSITIVE_INFINITY;`,
  },
  {
    name: 'timer-of-another-arming',
    breaks: 'Only the very arming that is due may fire.',
    file: 'machines/step.ts',
    find: 'timer.name === event.name && timer.arming === arming)',
    replace: 'timer.name === event.name)',
  },
  {
    name: 'time-goes-back',
    breaks: "A record's time never goes back, whatever the clocks say.",
    file: 'machines/step.ts',
    find: '  const at = Math.max(now, record.at);\n  const turn =',
    replace: '  const at = now;\n  const turn =',
  },
];

const letters: readonly Mutant[] = [
  {
    name: 'poison-swallowed',
    breaks: 'A message that nobody can take becomes a dead letter.',
    file: consumer,
    find: 'return giveUp(ports, settings, event, poisoned(event), 1);',
    replace: 'return;',
  },
  {
    name: 'dependency-counts-as-fault',
    breaks: "A dependency's failure never uses up a message's tries.",
    file: consumer,
    find: '      if (isPassing(error)) {',
    replace: '      if (isPassing(error) && tries > 9) {',
  },
];

const queue: readonly Mutant[] = [
  {
    name: 'queue-time-is-open-time',
    breaks: 'Only time in which admission was open counts towards the queue’s limit.',
    file: 'actors/saga-orchestrator/admission.ts',
    find: 'openMs(entry.queuedAt, now, closures) >= timeoutMs',
    replace: 'openMs(entry.queuedAt, now, closures) >= timeoutMs / 2',
  },
  {
    name: 'slots-of-others',
    breaks: 'The scheduler learns from the store which slots are held.',
    file: 'actors/saga-orchestrator/scheduler.ts',
    find: '    await view.refreshSlots();',
    replace: '    if (regular && now < 2_000) await view.refreshSlots();',
  },
  {
    name: 'tenure',
    breaks: 'One scheduler at a time admits.',
    file: 'actors/saga-orchestrator/scheduler.ts',
    find: 'const term = admits() ? await tenure.hold() : await tenure.release();',
    replace: 'const term = admits() ? 1 : await tenure.release();',
    also: [
      {
        file: 'actors/saga-orchestrator/scheduler.ts',
        find: '!tenure.holds() || ',
        replace: '',
      },
    ],
    excuse: {
      kind: 'spare',
      reason: 'the lease saves work; two schedulers at once are harmless by their slots',
    },
    seedsMax: 60,
  },
  {
    name: 'slots-of-earlier-attempts',
    breaks: 'The deletion of an earlier attempt is repeated while its slot is held.',
    file: 'actors/saga-orchestrator/slots.ts',
    find: '    if (left.length === 0 || now - record.at < lookEveryMs) return;',
    replace: '    if (left.length >= 0) return;',
    excuse: {
      kind: 'covered',
      by: 'tests/actors/scheduler.test.ts',
      reason: 'the bus keeps the first deletion until it is carried out',
    },
  },
];

export const kernelMutants: readonly Mutant[] = [...outbox, ...turns, ...letters, ...queue];
