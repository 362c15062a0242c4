// Which API server is spoken to, and as whom. The library reads kubeconfigs and the service account of a pod; certificates and
// tokens are asked of it for every request, because a mounted token is replaced while we run.
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { DomainError } from '#src/domain/errors.ts';

export interface Credentials {
  headers: Record<string, string>;
  tls: Tls;
}

export interface Tls {
  ca?: Pem;
  cert?: Pem;
  key?: Pem;
  serverName?: string;
  rejectUnauthorized: boolean;
}

type Pem = string | Buffer;

export interface Cluster {
  /** Without a slash at its end. */
  server: string;
  credentials(): Promise<Credentials>;
}

export interface ClusterOptions {
  /** A file; empty for the service account of the pod that this process runs in. */
  kubeconfig: string;
  /** Empty for the file's current one. */
  context: string;
}

/** @throws DomainError with a sentence for the operator */
export async function openCluster({ kubeconfig, context }: ClusterOptions): Promise<Cluster> {
  const config = new KubeConfig();
  if (kubeconfig === '') {
    if (!(await Bun.file(serviceAccountToken).exists())) {
      throw new DomainError(
        'infrastructure',
        'No cluster is named: this process does not run in a pod, so kubernetes.kubeconfig (KUBECONFIG) must name a file',
      );
    }
    config.loadFromCluster();
  } else {
    await readInto(config, kubeconfig);
    if (context !== '') choose(config, context);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new DomainError('infrastructure', `${kubeconfig} names no cluster in its current context`);
  }
  return {
    server: cluster.server.replace(/\/+$/, ''),
    credentials: () => credentialsOf(config),
  };
}

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

async function readInto(config: KubeConfig, path: string): Promise<void> {
  try {
    config.loadFromFile(path);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new DomainError('infrastructure', `The kubeconfig ${path} cannot be read`, {
      detail: words,
      cause,
    });
  }
}

function choose(config: KubeConfig, context: string): void {
  const known = config.getContexts().map(({ name }) => name);
  if (!known.includes(context)) {
    throw new DomainError(
      'infrastructure',
      `kubernetes.context: there is no ${context} in the kubeconfig; there are ${known.join(', ')}`,
    );
  }
  config.setCurrentContext(context);
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = { headers: {} };
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, servername, rejectUnauthorized, auth } = options;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value !== undefined) headers[name] = String(value);
  }
  if (typeof auth === 'string') headers.Authorization = `Basic ${Buffer.from(auth).toString('base64')}`;
  return {
    headers,
    tls: {
      ...pem('ca', ca),
      ...pem('cert', cert),
      ...pem('key', key),
      ...(servername === undefined ? {} : { serverName: servername }),
      rejectUnauthorized: rejectUnauthorized ?? true,
    },
  };
}

/** The library gives each as text or bytes, and nothing where there is none. */
function pem<Name extends string>(name: Name, value: unknown): { [key in Name]?: Pem } {
  const isPem = typeof value === 'string' || Buffer.isBuffer(value);
  return (isPem ? { [name]: value } : {}) as { [key in Name]?: Pem };
}
