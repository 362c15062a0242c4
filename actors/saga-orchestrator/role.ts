// The role in which runs live: hears what concerns them, admits them, fires their deadlines and relays what they ask for.
import { consumer, type Handlers } from '#actors/consumer.ts';
import type { Kernel } from '#actors/kernel/kernel.ts';
import type { Role } from '#actors/role.ts';
import type { DomainEvent } from '#src/domain/events.ts';
import { accountRemovals } from './account-removals.ts';
import { erasure } from './erasure.ts';
import { executionMachineName, inboxTypes, letterOf } from './inbox.ts';
import { retention } from './retention.ts';
import { scheduler } from './scheduler.ts';
import { slotsChild } from './slots.ts';
import { turnsArchive } from './turns-archive.ts';

/** `admits`: false while this process drains, so that it does not fill up again what it empties. */
export const sagaOrchestrator = (kernel: Kernel, admits: () => boolean): Role => ({
  name: 'saga-orchestrator',
  children(ports, settings) {
    const inbox = consumer(ports, {
      name: 'inbox',
      group: 'saga-orchestrator',
      serviceVersion: settings.serviceVersion,
      handlers: { ...hearing(kernel), ...turnsArchive(ports) },
    });
    // Apart, because it takes longer: a whole account at a time.
    const accounts = consumer(ports, {
      name: 'accounts',
      group: 'account-removal',
      serviceVersion: settings.serviceVersion,
      handlers: accountRemovals(ports, kernel),
    });
    const { sweep, timers, recovery } = kernel;
    const admission = scheduler(ports, kernel, settings, admits);
    const tidying = [slotsChild(ports, settings), retention(ports, settings, kernel), erasure(ports, kernel)];
    return [sweep, inbox, accounts, timers, admission, recovery, ...tidying];
  },
});

/** A message for an unknown run is acknowledged; the kernel says so in its line. */
function hearing(kernel: Kernel): Handlers {
  const hear = async (message: DomainEvent): Promise<void> => {
    const letter = letterOf(message);
    if (letter !== null) await kernel.send(executionMachineName, letter.execution, message.id, letter.event);
  };
  return Object.fromEntries(inboxTypes.map((type) => [type, hear]));
}
