// One process: its kernel, its roles as actor systems, its heartbeat. It starts them in order, drains them in reverse and
// decides which failure ends the process; how it ends is its caller's business.
import { type Machines, registry } from '#machines/registry.ts';
import type { RoleReport } from '#src/domain/fleet.ts';
import { type RoleName, type RoleSettings, roleNames } from '#src/domain/roles.ts';
import type { Cancel } from '#src/ports/clock.ts';
import type { Ports } from '#src/ports/ports.ts';
import type { Sagas } from '#src/ports/sagas.ts';
import { api } from './api/role.ts';
import { dlqProcessor } from './dlq-processor/role.ts';
import { eventReplay } from './event-replay/role.ts';
import { type HeartbeatSource, heartbeat } from './heartbeat.ts';
import { k8sWorker } from './k8s-worker/role.ts';
import { createKernel, type Kernel } from './kernel/kernel.ts';
import { podMonitor } from './pod-monitor/role.ts';
import { resultProcessor } from './result-processor/role.ts';
import type { Child, Role } from './role.ts';
import { sagaOrchestrator } from './saga-orchestrator/role.ts';
import { type RoleFailure, type SupervisedRole, supervise } from './supervision.ts';
import { within } from './waiting.ts';

export interface SystemOptions {
  roles: readonly RoleName[];
  ports: Ports;
  settings: RoleSettings;
  /** The machines of this binary, where they are not those of this release. */
  machines?: Machines;
  /** A role without which this process is of no use has failed for good: end the process. */
  onFailure(failure: RoleFailure): void;
}

export interface System {
  /** For use cases outside the roles; works from the beginning. */
  sagas: Sagas;
  /** Resolves once the roles do their work, or have failed, or take too long and go on trying. */
  start(): Promise<void>;
  ready(): Partial<Record<RoleName, boolean>>;
  status(): Promise<RoleReport[]>;
  /** Stops intake, finishes what is in flight, flushes. Starts nothing any more. */
  drain(): Promise<void>;
}

/** What listens to others starts first; who speaks to people starts last, and stops first. */
const startOrder: readonly RoleName[] = [
  'saga-orchestrator',
  'dlq-processor',
  'event-replay',
  'result-processor',
  'k8s-worker',
  'pod-monitor',
  'api',
];
/** Among many roles in one process, only these are worth ending it. */
const vital: readonly RoleName[] = ['api', 'saga-orchestrator', 'k8s-worker', 'pod-monitor'];
/** Roles that step records; the first of them that a process plays sweeps what its relay left. */
const withKernel: readonly RoleName[] = ['saga-orchestrator', 'api', 'dlq-processor'];
const startPatienceMs = 10_000;
const retryFailedMs = 30_000;
const flushMs = 5_000;

export function createSystem(options: SystemOptions): System {
  const { roles, ports, settings, onFailure, machines = registry } = options;
  const { clock, logger } = ports;
  const names = startOrder.filter((name) => roles.includes(name));
  const playsAll = roleNames.every((name) => roles.includes(name));
  const producer = { service: serviceOf(names), serviceVersion: settings.serviceVersion };
  const kernel = createKernel(ports, producer, machines);
  const sweeper = withKernel.find((name) => names.includes(name));
  const hosts = new Map<RoleName, SupervisedRole>();
  const retries = new Map<RoleName, Cancel>();
  let draining = false;

  const source: HeartbeatSource = {
    process: settings.process,
    serviceVersion: settings.serviceVersion,
    versions: versionsOf(machines),
    lookAtFleet: kernel.lookAtFleet,
    reports: () => Promise.all([...hosts.values()].map((hosted) => hosted.report())),
    inFlight: () => [...hosts.values()].reduce((sum, hosted) => sum + hosted.inFlight(), kernel.inFlight()),
  };

  function begin(name: RoleName): SupervisedRole {
    const role = roleOf(name, kernel, { sweeps: name === sweeper, admits: () => !draining });
    // The heartbeat belongs to the role that starts first and drains last.
    const whole = name === names[0] ? withFirst(heartbeat(ports, source), role) : role;
    const hosted = supervise(whole, ports, settings, failed);
    hosts.set(name, hosted);
    hosted.start();
    return hosted;
  }

  function failed(failure: RoleFailure): void {
    const { role, child, words } = failure;
    logger.error({ role, child, words }, 'role failed');
    if (draining) return;
    if (!playsAll || vital.includes(role)) return void onFailure(failure);
    const again = clock.after(retryFailedMs, () => void begin(role));
    retries.set(role, again);
  }

  async function startAll(these: readonly RoleName[]): Promise<void> {
    const settled = these.map((name) => begin(name).settled);
    await within(clock, startPatienceMs, Promise.all(settled));
  }

  return {
    sagas: kernel,
    async start() {
      await startAll(names.filter((name) => name !== 'api'));
      if (!draining) await startAll(names.filter((name) => name === 'api'));
    },
    ready: () => Object.fromEntries(names.map((name) => [name, hosts.get(name)?.ready() ?? false])),
    status: source.reports,
    async drain() {
      draining = true;
      for (const cancel of retries.values()) cancel();
      for (const name of names.toReversed()) await hosts.get(name)?.drain();
      await within(clock, flushMs, kernel.settled());
    },
  };
}

/** Whom the kernel's messages name as their producer. */
function serviceOf(names: readonly RoleName[]): RoleName {
  if (names.includes('saga-orchestrator')) return 'saga-orchestrator';
  return names.includes('api') ? 'api' : (names[0] ?? 'api');
}

const withFirst = (child: Child, role: Role): Role => ({
  name: role.name,
  children: (...given) => [child, ...role.children(...given)],
});

function roleOf(name: RoleName, kernel: Kernel, options: { sweeps: boolean; admits: () => boolean }): Role {
  switch (name) {
    case 'api':
      return api(kernel, options);
    case 'saga-orchestrator':
      return sagaOrchestrator(kernel, options.admits);
    case 'k8s-worker':
      return k8sWorker;
    case 'pod-monitor':
      return podMonitor;
    case 'result-processor':
      return resultProcessor;
    case 'dlq-processor':
      return dlqProcessor(kernel, options);
    case 'event-replay':
      return eventReplay;
  }
}

const versionsOf = ({ names, versionsOf: of }: Machines): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, of(name)?.current.version ?? 0]));
