// Decides who is admitted next. Its memory is rebuilt from the records before it admits anybody; admission itself is a
// turn that takes a slot's number, which only one record can hold, so two schedulers at once cannot exceed the limit.
import type { Kernel } from '#actors/kernel/kernel.ts';
import type { TurnResult } from '#actors/kernel/turn.ts';
import { keepLooking } from '#actors/looking.ts';
import type { Child } from '#actors/role.ts';
import { allOf, createBell } from '#actors/waiting.ts';
import { type Admission, admissions, type QueueEntry } from '#src/domain/queue.ts';
import type { RoleSettings } from '#src/domain/roles.ts';
import { queueChannel } from '#src/ports/live-feed.ts';
import type { Ports } from '#src/ports/ports.ts';
import { createAdmissionLog } from './admission-log.ts';
import { executionMachineName } from './inbox.ts';
import { createQueueView, entryOf, type QueueView } from './queue-view.ts';
import { createTenure } from './tenure.ts';

const lookEveryMs = 1_000;
const rebuildEveryMs = 30_000;
/** How far back a look reads again: commits become visible after the time that they bear. */
const hintMarginMs = 250;
const lookMarginMs = 10_000;
const batchMax = 64;

export function scheduler(
  ports: Ports,
  kernel: Kernel,
  settings: RoleSettings,
  admits: () => boolean,
): Child {
  const view = createQueueView(ports.records);
  const log = createAdmissionLog(ports);
  const tenure = createTenure(ports, 'scheduler', settings.process);
  const bell = createBell();
  let knownTerm: number | null = null;
  let rebuiltAt = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;

  async function look(): Promise<number> {
    const term = admits() ? await tenure.hold() : await tenure.release();
    if (term === null) {
      knownTerm = null;
      return lookEveryMs;
    }
    const now = ports.clock.monotonic();
    const regular = now - lookedAt >= lookEveryMs || term !== knownTerm;
    await read(term, regular, now);
    if (regular) {
      lookedAt = now;
      await log.look(view.waiting.values());
      await expire();
    }
    if (!log.paused()) await admit();
    return lookEveryMs;
  }

  async function read(term: number, regular: boolean, now: number): Promise<void> {
    if (term !== knownTerm || now - rebuiltAt >= rebuildEveryMs) {
      await view.rebuild();
      knownTerm = term;
      rebuiltAt = now;
    } else {
      await view.catchUp(regular ? lookMarginMs : hintMarginMs);
    }
    await view.refreshSlots();
  }

  async function admit(): Promise<void> {
    for (;;) {
      const batch = nextAdmissions(view, settings, ports.clock.now()).slice(0, batchMax);
      if (batch.length === 0 || !tenure.holds() || !admits()) return;
      await allOf(batch.map(admitOne));
    }
  }

  async function admitOne({ entry, slot }: Admission): Promise<void> {
    const result = await turn(entry, 'admit', { type: 'ADMITTED', attempt: entry.attempt, slot });
    // Somebody else admitted in between: that slot is theirs, and the next round gives the run another one.
    if (result.kind === 'taken') view.holders.set(slot, null);
    if (result.kind === 'committed') view.holders.set(slot, entry.userId);
  }

  async function expire(): Promise<void> {
    const late = log.expired(view.waiting.values(), settings.queueTimeoutMs);
    await allOf(
      late.slice(0, batchMax).map(async (entry) => {
        await turn(entry, 'expire', { type: 'QUEUE_EXPIRED', attempt: entry.attempt });
      }),
    );
  }

  async function turn(
    entry: QueueEntry,
    verb: string,
    event: { type: string; attempt: number; slot?: number },
  ): Promise<TurnResult> {
    const { id, attempt } = entry;
    const cause = `${verb}/${id}/${attempt}`;
    const result = await kernel.turn({ machine: executionMachineName, id, cause, event: { ...event } });
    if (result.kind !== 'taken') forget(entry, result);
    return result;
  }

  /** A record that still waits does so with other values than we knew; otherwise it would have moved. */
  function forget(entry: QueueEntry, result: Exclude<TurnResult, { kind: 'taken' }>): void {
    view.waiting.delete(entry.id);
    const known = result.kind === 'absent' ? null : entryOf(result.record);
    if (known !== null && known.attempt !== entry.attempt) view.waiting.set(known.id, known);
  }

  return {
    name: 'scheduler',
    async run({ signal, ready }) {
      const leave = ports.liveFeed.subscribe(queueChannel, bell.ring);
      ready();
      try {
        await keepLooking(ports, signal, { name: 'scheduler', look, patienceMs: lookEveryMs, bell });
      } finally {
        leave();
        knownTerm = null;
      }
      await tenure.release();
    },
  };
}

function nextAdmissions(view: QueueView, limits: RoleSettings, now: number): Admission[] {
  if (view.holders.size >= limits.concurrentMax || view.waiting.size === 0) return [];
  const heldByUser = new Map<string, number>();
  for (const user of view.holders.values()) {
    if (user !== null) heldByUser.set(user, (heldByUser.get(user) ?? 0) + 1);
  }
  return admissions(
    { entries: [...view.waiting.values()], heldByUser, limits },
    new Set(view.holders.keys()),
    now,
  );
}
