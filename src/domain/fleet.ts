// What a process says of itself every few seconds, and what the installation says of its queue; admins see both.
import type { Runtime } from './execution.ts';
import type { Closure } from './queue.ts';
import type { RoleName } from './roles.ts';

export const childStatuses = ['starting', 'ready', 'restarting', 'stopped'] as const;
export type ChildStatus = (typeof childStatuses)[number];

export interface ChildReport {
  name: string;
  status: ChildStatus;
  restarts: number;
  inFlight: number;
  /** Messages not yet taken; null where there is nothing to count. */
  lag: number | null;
}

export interface RoleReport {
  role: RoleName;
  /** State of the role's own machine. */
  state: string;
  children: ChildReport[];
}

/** Body of the documents of `processes`, whose id is the process's name; removed at drain. */
export interface ProcessReport {
  process: string;
  serviceVersion: string;
  roles: RoleReport[];
  /** Durable machines by name: the newest version that this process understands. */
  versions: Record<string, number>;
  /** What scripts can be written in where this process runs them; empty where it runs none. */
  runtimes: Runtime[];
  inFlight: number;
  lag: number;
  startedAt: number;
  at: number;
}

export const admissionActions = ['paused', 'resumed'] as const;
export type AdmissionAction = (typeof admissionActions)[number];

export interface AdmissionChange {
  action: AdmissionAction;
  by: string;
  reason: string;
  at: number;
}

/** Body of the one document of `admission`, whose id is `queue`. */
export interface AdmissionState {
  /** Set by an admin or by a failed canary; nobody is admitted meanwhile. */
  paused: { by: string; reason: string; at: number } | null;
  /** The last that people made, newest first; absent before the first. */
  changes?: AdmissionChange[];
  /** Stretches in which nobody was admitted, oldest first; kept by the scheduler. */
  closures: Closure[];
  /** When a scheduler last looked at a queue that was not empty. */
  lookedAt: number;
}

/** The newest version of the machine that every one of these processes understands; 0 when there is none. */
export const versionKnownByAll = (reports: readonly ProcessReport[], machine: string): number =>
  reports.length === 0 ? 0 : Math.min(...reports.map(({ versions }) => versions[machine] ?? 0));

/** A heartbeat comes each 5 s; who is silent for so long is taken for gone. */
export const silentMs = 30_000;

/** What every process that runs scripts can run: whichever of them gets a run is able to. */
export function runtimesOfAll(reports: readonly ProcessReport[]): Runtime[] {
  const [first, ...others] = reports.map(({ runtimes }) => runtimes).filter(({ length }) => length > 0);
  const isOffered = ({ language, version }: Runtime) =>
    others.every((runtimes) =>
      runtimes.some((other) => other.language === language && other.version === version),
    );
  return (first ?? []).filter(isOffered);
}

export const processesCollection = { name: 'processes', indexes: [{ fields: ['at'] }] };
export const admissionCollection = { name: 'admission', indexes: [] };
export const admissionId = 'queue';
