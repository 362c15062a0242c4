// Decides who is admitted next. Its memory is rebuilt from the records before it admits anybody; admission itself is a
// turn that takes a slot's number, which only one record can hold, so two schedulers at once cannot exceed the limit.

import { isPassing, wordsOf } from '#actors/failure.ts';
import type { Kernel } from '#actors/kernel/kernel.ts';
import type { TurnResult } from '#actors/kernel/turn.ts';
import { keepLooking } from '#actors/looking.ts';
import type { Child } from '#actors/role.ts';
import { allOf, createBell } from '#actors/waiting.ts';
import { type Admission, admissions, type QueueEntry, type QueueLimits } from '#src/domain/queue.ts';
import type { RoleSettings } from '#src/domain/roles.ts';
import { admissionChannel, queueChannel } from '#src/ports/live-feed.ts';
import type { Ports } from '#src/ports/ports.ts';
import type { TurnOutcome } from '#src/ports/sagas.ts';
import { createAdmissionLog } from './admission-log.ts';
import { executionMachineName } from './inbox.ts';
import { createLiveLimits } from './queue-limits.ts';
import { createQueueView, entryOf, type QueueView } from './queue-view.ts';
import { createTenure } from './tenure.ts';

const lookEveryMs = 1_000;
const rebuildEveryMs = 30_000;
/** How far back a look reads again: commits become visible after the time that they bear. */
const hintMarginMs = 250;
const lookMarginMs = 10_000;
const batchMax = 64;
const asideMs = 2_500;

export function scheduler(
  ports: Ports,
  kernel: Kernel,
  settings: RoleSettings,
  admits: () => boolean,
): Child {
  const view = createQueueView(ports.records);
  const log = createAdmissionLog(ports);
  const limits = createLiveLimits(ports, settings);
  const tenure = createTenure(ports, 'scheduler', settings.process);
  const bell = createBell();
  /** Runs whose turn failed, and until when nobody tries again. */
  const aside = new Map<string, number>();
  let knownTerm: number | null = null;
  let rebuiltAt = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** Somebody paused, resumed or set a quota. */
  let told = false;

  async function look(): Promise<number> {
    const term = admits() ? await tenure.hold() : await tenure.release();
    if (term === null) {
      knownTerm = null;
      return lookEveryMs;
    }
    const now = ports.clock.monotonic();
    const news = told;
    told = false;
    const regular = news || now - lookedAt >= lookEveryMs || term !== knownTerm;
    await read(term, regular, now);
    if (regular) {
      lookedAt = now;
      await log.look(view.waiting.values());
    }
    if (news || view.waiting.size > 0) await limits.refresh(regular);
    if (!log.paused()) await admit();
    if (regular) await expire();
    return lookEveryMs;
  }

  async function read(term: number, regular: boolean, now: number): Promise<void> {
    // Another may have given out slots meanwhile; while the term lasts, what was learnt of them stays right.
    if (term !== knownTerm) view.holders.clear();
    if (term !== knownTerm || now - rebuiltAt >= rebuildEveryMs) {
      await view.rebuild(ports.clock.now());
      knownTerm = term;
      rebuiltAt = now;
    } else {
      await view.catchUp(regular ? lookMarginMs : hintMarginMs, ports.clock.now());
    }
    await view.refreshSlots();
  }

  async function admit(): Promise<void> {
    while (view.holders.size < limits.now().concurrentMax) {
      const batch = nextAdmissions(movable(), view, limits.now(), ports.clock.now()).slice(0, batchMax);
      if (batch.length === 0 || !tenure.holds() || !admits()) return;
      await allOf(batch.map(admitOne));
      // Somebody else admitted in between: whose slots those are counts for the next round.
      if ([...view.holders.values()].includes(null)) await view.refreshSlots();
    }
  }

  async function admitOne({ entry, slot }: Admission): Promise<void> {
    const result = await turn(entry, 'admit', { type: 'ADMITTED', attempt: entry.attempt, slot });
    if (result?.kind === 'taken') view.holders.set(slot, null);
    if (result?.kind === 'committed') view.holders.set(slot, entry.userId);
  }

  async function expire(): Promise<void> {
    const late = log.expired(movable(), settings.queueTimeoutMs);
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
  ): Promise<TurnResult | null> {
    const { id, attempt } = entry;
    const cause = `${verb}/${id}/${attempt}`;
    const command = { machine: executionMachineName, id, cause, event: { ...event } };
    try {
      const result = await kernel.turn(command);
      if (result.kind === 'newer' || result.kind === 'full') aside.set(id, ports.clock.monotonic() + asideMs);
      else if (result.kind !== 'taken') forget(entry, result);
      return result;
    } catch (error) {
      // A run that cannot move must not stand in everybody's way.
      aside.set(id, ports.clock.monotonic() + asideMs);
      if (isPassing(error)) throw error;
      ports.logger.error({ id, verb, error: wordsOf(error) }, 'a waiting run cannot move');
      return null;
    }
  }

  const movable = (): QueueEntry[] => [...view.waiting.values()].filter(({ id }) => !isAside(id));

  function isAside(id: string): boolean {
    const until = aside.get(id);
    if (until === undefined) return false;
    if (until > ports.clock.monotonic()) return true;
    aside.delete(id);
    return false;
  }

  /** A record that still waits does so with other values than we knew; otherwise it would have moved. */
  function forget(entry: QueueEntry, result: TurnOutcome): void {
    view.waiting.delete(entry.id);
    aside.delete(entry.id);
    const known = result.kind === 'absent' ? null : entryOf(result.record);
    if (known !== null && known.attempt !== entry.attempt) view.waiting.set(known.id, known);
  }

  return {
    name: 'scheduler',
    async run({ signal, ready }) {
      const leave = ports.liveFeed.subscribe(queueChannel, bell.ring);
      const leaveToo = ports.liveFeed.subscribe(admissionChannel, () => {
        told = true;
        bell.ring();
      });
      ready();
      try {
        await keepLooking(ports, signal, { name: 'scheduler', look, patienceMs: lookEveryMs, bell });
      } finally {
        leave();
        leaveToo();
        knownTerm = null;
      }
      await tenure.release();
    },
  };
}

function nextAdmissions(
  entries: readonly QueueEntry[],
  view: QueueView,
  limits: QueueLimits,
  now: number,
): Admission[] {
  if (entries.length === 0) return [];
  const heldByUser = new Map<string, number>();
  for (const user of view.holders.values()) {
    if (user !== null) heldByUser.set(user, (heldByUser.get(user) ?? 0) + 1);
  }
  return admissions({ entries, heldByUser, limits }, new Set(view.holders.keys()), now);
}
