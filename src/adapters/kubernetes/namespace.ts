// Makes sure that the namespace of the scripts is shut: no pod that is not restricted, no traffic in or out. Where we may not do it
// ourselves, it must have been done.
import { DomainError } from '#src/domain/errors.ts';
import type { ApiRequest, ApiServer } from './api-server.ts';
import { isRefusal } from './failures.ts';
import type { ObjectMeta } from './objects.ts';

const enforced = 'pod-security.kubernetes.io/enforce';
const policyName = 'greenroom-nothing-in-or-out';
const manager = 'greenroom';

/** @throws DomainError that says what to do in the cluster */
export async function shutNamespace(api: ApiServer, namespace: string): Promise<void> {
  await restrict(api, namespace);
  await cutOff(api, namespace);
}

async function restrict(api: ApiServer, namespace: string): Promise<void> {
  if (await isRestricted(api, namespace)) return;
  const labels = { [enforced]: 'restricted' };
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } };
  if ((await apply(api, namespacePath(namespace), body)) !== 'forbidden') return;
  throw new DomainError(
    'infrastructure',
    `The namespace ${namespace} must be there and labelled ${enforced}=restricted, and this process may not do it itself`,
  );
}

const namespacePath = (namespace: string): string => `/api/v1/namespaces/${namespace}`;

/** False also where it is not there, or may not be seen. */
export async function isRestricted(api: ApiServer, namespace: string): Promise<boolean> {
  const found = await may<{ metadata?: ObjectMeta }>(api, { method: 'GET', path: namespacePath(namespace) });
  return found !== 'forbidden' && found?.metadata?.labels?.[enforced] === 'restricted';
}

/** No pod of the namespace speaks to anybody, and nobody to it; the attachments come through its node. */
export const nothingInOrOut = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: policyName },
  spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
};

async function cutOff(api: ApiServer, namespace: string): Promise<void> {
  const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/${policyName}`;
  if ((await apply(api, path, nothingInOrOut)) !== 'forbidden') return;
  // Whether another policy does the same is shown by the probe, which tries.
  const found = await may(api, { method: 'GET', path });
  if (found !== 'forbidden' && found !== null) return;
  throw new DomainError(
    'infrastructure',
    `The namespace ${namespace} needs the NetworkPolicy ${policyName}, and this process may neither apply nor read it`,
  );
}

const apply = (api: ApiServer, path: string, body: unknown): Promise<unknown> =>
  may(api, {
    method: 'PATCH',
    path,
    query: { fieldManager: manager, force: 'true' },
    // JSON is YAML.
    contentType: 'application/apply-patch+yaml',
    body,
  });

/** Null for what is not there. */
async function may<Answer>(api: ApiServer, request: ApiRequest): Promise<Answer | 'forbidden' | null> {
  try {
    return await api.ask<Answer>(request);
  } catch (error) {
    if (isRefusal(error, 403)) return 'forbidden';
    if (isRefusal(error, 404)) return null;
    throw error;
  }
}
