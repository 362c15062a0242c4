// Where scripts run: in sandboxes of this machine, or in pods of a cluster. The same to whoever uses them.
import type { ReadinessPart } from '#src/api/deps.ts';
import { defaultVersion } from '#src/app/runtimes.ts';
import { parseImage, parseLabel, parseToleration } from '#src/config/kubernetes.ts';
import type { Config } from '#src/config/options.ts';
import { parseCpuMillis, parseMemoryBytes } from '#src/domain/quantities.ts';
import type { Engines } from '#src/engines.ts';
import type { Clock } from '#src/ports/clock.ts';
import type { Logger } from '#src/ports/logger.ts';
import type { Pods } from '#src/ports/pods.ts';
import { runPolicy } from '#src/settings.ts';
import type { KubernetesOptions } from './kubernetes/kubernetes-pods.ts';
import { openLocalPods } from './select.ts';
import { deriveKey } from './system/secret-key.ts';

export interface ScriptRuntime {
  pods: Pods;
  /** Begins to keep some of them ready. */
  warm(): void;
  readiness(): ReadinessPart[];
  stop(): Promise<void>;
}

export interface RuntimePlace {
  config: Config;
  /** Of the installation. */
  key: string;
  engines: Engines;
  clock: Clock;
  logger: Logger;
  /** Name of this process. */
  process: string;
}

/**
 * Proves the isolation where pods are made; null where this process has nothing to do with them.
 * @throws DomainError that says what to install or allow
 */
export async function openRuntime(place: RuntimePlace): Promise<ScriptRuntime | null> {
  const roles = place.config['process.roles'];
  const makesPods = roles.includes('k8s-worker');
  if (!makesPods && !roles.includes('pod-monitor')) return null;
  return place.config['runtime.kind'] === 'local' ? local(place) : kubernetes(place, makesPods);
}

async function local({ config, engines, clock, logger, process }: RuntimePlace): Promise<ScriptRuntime> {
  const { pods, selfTest, warm, stop } = await openLocalPods(config, clock, logger, {
    process,
    alone: engines.alone,
  });
  const { checks: _checks, ...proof } = selfTest;
  logger.info(proof, 'isolation proved');
  return { pods, warm, stop, readiness: () => [] };
}

async function kubernetes(place: RuntimePlace, makesPods: boolean): Promise<ScriptRuntime> {
  // Only here: the library is large, and nobody else needs it.
  const { openKubernetesPods } = await import('./kubernetes/kubernetes-pods.ts');
  const { pods, prove, warm, stop, isUp } = await openKubernetesPods(clusterOptions(place));
  if (makesPods) {
    try {
      const { checks: _checks, ...proof } = await prove();
      place.logger.info(proof, 'isolation proved');
    } catch (error) {
      await stop();
      throw error;
    }
  }
  return {
    pods,
    warm: makesPods ? warm : () => undefined,
    stop,
    readiness: () => [{ name: 'kubernetes', ready: isUp(), detail: isUp() ? null : 'does not answer' }],
  };
}

function clusterOptions({ config, key, engines, clock, logger, process }: RuntimePlace): KubernetesOptions {
  const { limits, cpuDefaultMillis } = runPolicy(config);
  return {
    cluster: clusterOf(config),
    namespace: config['kubernetes.namespace'],
    template: {
      // The same in every process, and another one in every installation.
      installation: new Bun.CryptoHasher('sha256').update(deriveKey(key, 'pods')).digest('hex').slice(0, 12),
      imagePullPolicy: config['kubernetes.image_pull_policy'],
      imagePullSecrets: config['kubernetes.image_pull_secrets'],
      requests: {
        memoryBytes: parseMemoryBytes(config['kubernetes.memory_request']) ?? 0,
        cpuMillis: parseCpuMillis(config['kubernetes.cpu_request']) ?? 0,
      },
      runtimeClass: config['kubernetes.runtime_class'],
      tolerations: config['kubernetes.tolerations'].flatMap((text) => parseToleration(text) ?? []),
      nodeSelector: Object.fromEntries(
        config['kubernetes.node_selector'].flatMap((text) => {
          const label = parseLabel(text);
          return label === null ? [] : [label];
        }),
      ),
      hasOwnUsers: config['kubernetes.own_users'],
      supervisorSettings: [],
    },
    images: config['kubernetes.images'].flatMap((text) => parseImage(text) ?? []),
    limits: { ...limits, cpuMillis: cpuDefaultMillis },
    warm: { target: config['runtime.warm'], surge: config['kubernetes.warm_surge'] },
    firstVersion: defaultVersion,
    attaches: config['process.roles'].includes('pod-monitor'),
    leases: engines.leases,
    process,
    clock,
    logger,
  };
}

export const clusterOf = (config: Config): KubernetesOptions['cluster'] => ({
  kubeconfig: config['kubernetes.kubeconfig'],
  context: config['kubernetes.context'],
});
