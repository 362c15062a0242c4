// What can be said of a cluster without changing anything in it.
import type { Clock } from '#src/ports/clock.ts';
import { apiServer } from './api-server.ts';
import { type ClusterOptions, openCluster } from './cluster.ts';
import { domainErrorOf } from './failures.ts';
import { isRestricted } from './namespace.ts';

export interface ClusterLook {
  server: string;
  /** Of Kubernetes. */
  version: string;
  /** The namespace is there and takes restricted pods only. */
  isRestricted: boolean;
}

/** @throws DomainError with a sentence for the operator */
export async function lookAtCluster(
  options: ClusterOptions,
  namespace: string,
  clock: Clock,
): Promise<ClusterLook> {
  const cluster = await openCluster(options);
  const api = apiServer(cluster, clock);
  try {
    const { gitVersion = '' } = await api.ask<{ gitVersion?: string }>({ method: 'GET', path: '/version' });
    return { server: cluster.server, version: gitVersion, isRestricted: await isRestricted(api, namespace) };
  } catch (error) {
    throw domainErrorOf(error);
  }
}
