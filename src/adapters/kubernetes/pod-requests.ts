// What is asked of the API server about pods: each request of ours once, with its conditions.
import type { V1Pod } from '@kubernetes/client-node';
import type { ApiRequest, ApiServer } from './api-server.ts';
import { isRefusal } from './failures.ts';
import { keyAnnotation, labels, type PodState } from './names.ts';
import type { PodListObject, PodObject } from './objects.ts';

export interface PodRequests {
  create(manifest: V1Pod): Promise<PodObject>;
  /** Fresh: as it is at the moment of the answer. */
  get(name: string): Promise<PodObject | null>;
  /** All of this installation. `fresh` is what is true at the moment of the answer; else that of a moment ago, for less. */
  list(options: { fresh: boolean; state?: PodState }): Promise<PodListObject>;
  /** Null when it is another one, not warm any more, or gone. */
  claim(of: { name: string; uid: string; key: string; deadlineSeconds: number }): Promise<PodObject | null>;
  /** Answers what is still there; null when there is no such pod, or another one of that name or version. */
  delete(
    of: { name: string; uid: string; resourceVersion?: string },
    graceSeconds: number,
  ): Promise<PodObject | null>;
}

export interface PodsPlace {
  api: ApiServer;
  namespace: string;
  installation: string;
}

/** A list in pages is not one moment; ours are short enough to come whole. */
export const podsPath = (namespace: string, name?: string): string =>
  `/api/v1/namespaces/${namespace}/pods${name === undefined ? '' : `/${name}`}`;

export const ofInstallation = (installation: string, state?: PodState): string =>
  `${labels.installation}=${installation}${state === undefined ? '' : `,${labels.state}=${state}`}`;

export function podRequests({ api, namespace, installation }: PodsPlace): PodRequests {
  return {
    create: (manifest) => api.ask({ method: 'POST', path: podsPath(namespace), body: manifest }),
    get: (name) => orNull([404], api, { method: 'GET', path: podsPath(namespace, name) }),
    list: ({ fresh, state }) =>
      api.ask({
        method: 'GET',
        path: podsPath(namespace),
        query: {
          labelSelector: ofInstallation(installation, state),
          ...(fresh ? {} : { resourceVersion: '0' }),
        },
      }),
    claim: (of) =>
      // 422: what is tested does not hold.
      orNull([404, 409, 422], api, {
        method: 'PATCH',
        path: podsPath(namespace, of.name),
        contentType: 'application/json-patch+json',
        body: claimPatch(of),
      }),
    delete: ({ name, uid, resourceVersion }, graceSeconds) =>
      orNull([404, 409], api, {
        method: 'DELETE',
        path: podsPath(namespace, name),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          gracePeriodSeconds: graceSeconds,
          preconditions: { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
        },
      }),
  };
}

/** On condition of the uid and of the state, not of the version: a status changes that all the time. */
export const claimPatch = (of: { uid: string; key: string; deadlineSeconds: number }): unknown[] => [
  { op: 'test', path: '/metadata/uid', value: of.uid },
  { op: 'test', path: pointer('labels', labels.state), value: 'warm' },
  { op: 'replace', path: pointer('labels', labels.state), value: 'taken' },
  { op: 'replace', path: pointer('annotations', keyAnnotation), value: of.key },
  { op: 'add', path: '/spec/activeDeadlineSeconds', value: of.deadlineSeconds },
];

const pointer = (of: 'labels' | 'annotations', name: string): string =>
  `/metadata/${of}/${name.replaceAll('/', '~1')}`;

async function orNull<Answer>(
  codes: readonly number[],
  api: ApiServer,
  request: ApiRequest,
): Promise<Answer | null> {
  try {
    return await api.ask<Answer>(request);
  } catch (error) {
    if (codes.some((code) => isRefusal(error, code))) return null;
    throw error;
  }
}
