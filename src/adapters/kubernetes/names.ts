// What our pods are called and how they are marked. Labels are for choosing pods, and hold only values of ours; what is longer
// or of another shape stands in an annotation.
import type { Runtime } from '#src/domain/execution.ts';

export const labels = {
  installation: 'greenroom/installation',
  /** `warm` until it is claimed or when it was made for an attempt: then `taken`; `probe` for our own looks. */
  state: 'greenroom/state',
  language: 'greenroom/language',
  version: 'greenroom/version',
  /** Of what a warm pod was made: only those who would make it the same claim it. */
  template: 'greenroom/template',
} as const;

export const podStates = ['warm', 'taken', 'probe'] as const;
export type PodState = (typeof podStates)[number];

/** The attempt that has the pod, as `<execution>:<attempt>`. */
export const keyAnnotation = 'greenroom/attempt';

export const containerName = 'script';

/** Names of pods and values of labels. */
const longest = 63;
const digestLength = 10;

export const digest = (text: string): string =>
  new Bun.CryptoHasher('sha256').update(text).digest('hex').slice(0, digestLength);

/** Fit for a label or a name; what has to be changed for that gets a digest, so that two never become one. */
export function fitting(text: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text;
  const kept = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, longest - digestLength - 1)
    .replace(/-+$/, '');
  return kept === '' ? digest(text) : `${kept}-${digest(text)}`;
}

/** Never used twice. @param unique text that nobody else draws */
export const warmName = (runtime: Runtime, unique: string): string =>
  fitting(`warm-${runtime.language}-${runtime.version.replaceAll('.', '-')}-${digest(unique)}`);

/**
 * A pod's uid as the port knows it: with the name, by which alone the API server finds a pod. Stateless, so that a process that
 * was just started finds it too.
 */
export const portUid = (name: string, uid: string): string => `${name}/${uid}`;

/** Null for what was never one of ours. */
export function splitPortUid(text: string): { name: string; uid: string } | null {
  const [name = '', uid = '', ...rest] = text.split('/');
  const isOurs = fitting(name) === name && /^[0-9a-f-]{1,64}$/.test(uid) && rest.length === 0;
  return isOurs ? { name, uid } : null;
}
