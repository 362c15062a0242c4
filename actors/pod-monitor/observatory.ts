// What every part of the monitor works with, made once per role.
import { assert } from '#src/domain/errors.ts';
import type { RoleSettings } from '#src/domain/roles.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Pods } from '#src/ports/pods.ts';
import type { Ports } from '#src/ports/ports.ts';
import type { Reporter } from '../gone.ts';
import { type Ownership, ownership } from '../ownership.ts';
import { type Placements, placementsOf } from '../placements.ts';

export interface Observatory {
  ports: Ports;
  pods: Pods;
  clock: Clock;
  placements: Placements;
  ownership: Ownership;
  reporter: Reporter;
  settings: RoleSettings;
  /** Pods that our own drain ends, by uid. */
  shutDown: Set<string>;
}

export function observatoryOf(ports: Ports, settings: RoleSettings): Observatory {
  const { pods, clock, bus, outputLog, liveFeed } = ports;
  assert(pods !== null, 'the pod-monitor role has a Pods port');
  const speaker = { service: 'pod-monitor', serviceVersion: settings.serviceVersion, clock } as const;
  return {
    ports,
    pods,
    clock,
    placements: placementsOf(ports),
    ownership: ownership(ports, pods, settings.process),
    reporter: { bus, outputLog, liveFeed, speaker },
    settings,
    shutDown: new Set(),
  };
}
