// Pods of a cluster, put together: one namespace of one installation, seen by every process alike.
import { assert, DomainError, isUnavailable } from '#src/domain/errors.ts';
import type { Limits } from '#src/domain/execution.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Leases } from '#src/ports/leases.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { Pods } from '#src/ports/pods.ts';
import { type ApiServer, apiServer } from './api-server.ts';
import { type Cluster, type ClusterOptions, openCluster } from './cluster.ts';
import { domainErrorOf } from './failures.ts';
import { type IsolationProof, proveIsolation } from './isolation-proof.ts';
import { shutNamespace } from './namespace.ts';
import { podChannels } from './pod-channels.ts';
import type { PodTemplate } from './pod-manifest.ts';
import { type PodRequests, podRequests } from './pod-requests.ts';
import { podView } from './pod-view.ts';
import { podsPort } from './pods-port.ts';
import { inOrder, type RuntimeImage } from './runtime-images.ts';
import { attachToWarmPods } from './warm-attachments.ts';
import { warmPool } from './warm-pool.ts';

export interface KubernetesOptions {
  cluster: ClusterOptions;
  namespace: string;
  template: PodTemplate;
  images: readonly RuntimeImage[];
  /** Of a run that asks for none: what warm pods are made for. */
  limits: Limits;
  warm: { target: number; surge: number };
  /** The version that is kept warm before anybody asked; the newest where there is no image for it. */
  firstVersion?: string;
  /** This process speaks with the scripts. */
  attaches: boolean;
  leases: Leases;
  /** Name of this process. */
  process: string;
  clock: Clock;
  logger: Logger;
}

export interface KubernetesPods {
  pods: Pods;
  /**
   * Shuts the namespace and looks out of a pod of ours, before the first script comes.
   * @throws DomainError that says what to do in the cluster
   */
  prove(): Promise<IsolationProof>;
  /** Whether the API server answers. */
  isUp(): boolean;
  /** Begins to keep pods warm. */
  warm(): void;
  /** Lets go of everything; the pods stay. */
  stop(): Promise<void>;
}

/** @throws DomainError with a sentence for the operator */
export const openKubernetesPods = async (options: KubernetesOptions): Promise<KubernetesPods> =>
  connectPods(await openCluster(options.cluster), options);

export function connectPods(cluster: Cluster, options: Omit<KubernetesOptions, 'cluster'>): KubernetesPods {
  const { clock, logger, namespace, template, leases, limits } = options;
  const api = apiServer(cluster, clock);
  const images = inOrder(options.images);
  const place = { api, namespace, installation: template.installation };
  const requests = podRequests(place);
  const view = podView({ ...place, requests, clock, logger });
  const channels = podChannels({ api, clock, namespace });
  const pool = warmPool({
    requests,
    view,
    clock,
    logger,
    leases,
    process: options.process,
    template,
    images,
    limits,
    firstVersion: options.firstVersion ?? '',
    ...options.warm,
  });
  if (options.attaches) attachToWarmPods({ view, channels, clock });
  // From the start: what is warm must be known before the first run comes.
  view.start();
  const pods = podsPort({ requests, view, channels, clock, template, images });
  return {
    pods,
    prove: () => prove({ api, requests, pods, options }),
    isUp: api.isUp,
    warm: pool.start,
    async stop() {
      await pool.stop();
      channels.close();
      await view.stop();
    },
  };
}

async function prove({ api, requests, pods, options }: Proving): Promise<IsolationProof> {
  const { clock, template, limits, namespace } = options;
  const { server } = api.cluster;
  try {
    await shutNamespace(api, namespace);
    const [image] = inOrder(options.images);
    assert(image !== undefined, 'a cluster has an image of a runtime');
    const { hostname, port, protocol } = new URL(server);
    const forbidden = [`${hostname}:${port || (protocol === 'http:' ? '80' : '443')}`];
    return await proveIsolation({ requests, clock, template, image, limits, attach: pods.attach, forbidden });
  } catch (error) {
    const told = domainErrorOf(error);
    if (!isUnavailable(told)) throw told;
    throw new DomainError('infrastructure', `The cluster at ${server} does not answer`, { cause: told });
  }
}

interface Proving {
  api: ApiServer;
  requests: PodRequests;
  pods: Pods;
  options: Omit<KubernetesOptions, 'cluster'>;
}
