// What the pool of warm pods lacks and what it has too much of. Pure. Unclaimed pods are counted whatever state they are in, so that
// an image that never starts makes no endless row of them.
import { labels } from './names.ts';
import type { PodObject } from './objects.ts';
import { podStatus } from './pod-status.ts';

/** One language and version at the pool's limits. */
export interface WarmKind {
  language: string;
  version: string;
  /** What its pods are made of. */
  template: string;
}

export interface WarmWish {
  kind: WarmKind;
  /** Zero while nobody asks for it. */
  target: number;
  /** So many more while that many scripts run. */
  surge: number;
}

export interface WarmPlan {
  create: number;
  /** Of no use: ended, never started, or more than are wanted. */
  remove: PodObject[];
  /** How many of those have failed to start. */
  failed: number;
  /** In the cluster's words. */
  words: string | null;
}

/** Starting is work for the whole cluster: pods of runs that wait count as well, and come first. */
const startingMax = 3;
/** What has not started by then never will. */
const startWithinMs = 300_000;

export function planWarm(wish: WarmWish, pods: readonly PodObject[], now: number): WarmPlan {
  const ofKind = pods.filter((pod) => isOf(wish.kind, pod));
  const unclaimed = ofKind.filter((pod) => stateOf(pod) === 'warm' && !isTerminating(pod));
  const broken = unclaimed.filter((pod) => isBroken(pod, now));
  const usable = unclaimed.filter((pod) => !broken.includes(pod));
  const running = pods.filter((pod) => isServing(wish.kind, pod)).length;
  const wanted = wish.target === 0 ? 0 : clamp(running, wish.target, wish.target + wish.surge);
  const starting = pods.filter((pod) => podStatus(pod)?.phase === 'pending').length;
  const most = wish.target === 0 ? 0 : wish.target + wish.surge;
  return {
    create: Math.max(0, Math.min(wanted - usable.length, startingMax - starting)),
    // The youngest: the others have proved themselves for longer.
    remove: [...broken, ...usable.toSorted(byAge).slice(most)],
    failed: broken.length,
    words: wordsOf(broken),
  };
}

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

const stateOf = ({ metadata }: PodObject): string | undefined => metadata?.labels?.[labels.state];
const isTerminating = ({ metadata }: PodObject): boolean => metadata?.deletionTimestamp !== undefined;

function isOf({ language, version, template }: WarmKind, { metadata }: PodObject): boolean {
  const marks = metadata?.labels ?? {};
  return (
    marks[labels.language] === language &&
    marks[labels.version] === version &&
    marks[labels.template] === template
  );
}

/** Serves a run, whatever its limits. */
export function isServing({ language, version }: WarmKind, pod: PodObject): boolean {
  const status = podStatus(pod);
  if (status === null || stateOf(pod) !== 'taken' || status.terminating || status.phase === 'ended')
    return false;
  return status.runtime.language === language && status.runtime.version === version;
}

function isBroken(pod: PodObject, now: number): boolean {
  const status = podStatus(pod);
  if (status === null || status.phase === 'ended') return true;
  return status.phase === 'pending' && now - status.createdAt > startWithinMs;
}

function wordsOf(broken: readonly PodObject[]): string | null {
  const [first] = broken;
  const status = first === undefined ? null : podStatus(first);
  if (status === null) return null;
  return [status.reason, status.message].filter((word) => word !== null).join(': ') || null;
}

const byAge = (a: PodObject, b: PodObject): number =>
  (a.metadata?.creationTimestamp ?? '').localeCompare(b.metadata?.creationTimestamp ?? '') ||
  (a.metadata?.name ?? '').localeCompare(b.metadata?.name ?? '');

/** Booted, of this kind, and nobody's. */
export const isReady = (kind: WarmKind, pod: PodObject): boolean =>
  isOf(kind, pod) && stateOf(pod) === 'warm' && !isTerminating(pod) && podStatus(pod)?.phase === 'running';
