// What every part of the worker works with, made once per role.
import { assert } from '#src/domain/errors.ts';
import type { RoleSettings } from '#src/domain/roles.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Pods } from '#src/ports/pods.ts';
import type { Ports } from '#src/ports/ports.ts';
import type { Reporter } from '../gone.ts';
import { type Ownership, ownership } from '../ownership.ts';
import { type Placements, placementsOf } from '../placements.ts';

export interface Workshop {
  ports: Ports;
  pods: Pods;
  clock: Clock;
  placements: Placements;
  ownership: Ownership;
  reporter: Reporter;
  /** Attempts that are being buried at the moment in this process. */
  inHand: Set<string>;
}

export function workshopOf(ports: Ports, settings: RoleSettings): Workshop {
  const { pods, clock, bus, outputLog, liveFeed } = ports;
  assert(pods !== null, 'the k8s-worker role has a Pods port');
  const speaker = { service: 'k8s-worker', serviceVersion: settings.serviceVersion, clock } as const;
  return {
    ports,
    pods,
    clock,
    placements: placementsOf(ports),
    ownership: ownership(ports, pods, settings.process),
    reporter: { bus, outputLog, liveFeed, speaker },
    inHand: new Set(),
  };
}
