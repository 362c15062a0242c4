// The role that keeps what no handler could take, each message as a letter with its own record, and sends it again when its
// topic's policy or a person says so. Deadlines of letters are fired where all deadlines are.
import { consumer } from '#actors/consumer.ts';
import type { Kernel } from '#actors/kernel/kernel.ts';
import type { Role } from '#actors/role.ts';
import { intake } from './intake.ts';
import { policiesOf } from './policies.ts';
import { redriving } from './redrive.ts';

/** `sweeps`: no other role of this process runs the relay's sweep. */
export const dlqProcessor = (kernel: Kernel, { sweeps }: { sweeps: boolean }): Role => ({
  name: 'dlq-processor',
  children(ports, { serviceVersion }) {
    const letters = consumer(ports, {
      name: 'letters',
      group: 'dlq-processor',
      serviceVersion,
      handlers: { ...intake(kernel, policiesOf(ports)), ...redriving(ports, kernel) },
    });
    return sweeps ? [kernel.sweep, letters] : [letters];
  },
});
