// The parts of a cluster's objects that we read, as the API server writes them. Everything may be missing: a pod that was just
// accepted has no statuses, and what others wrote is not ours to expect.

export interface ObjectMeta {
  name?: string;
  uid?: string;
  resourceVersion?: string;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
}

export interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: { reason?: string; message?: string; exitCode?: number; signal?: number };
}

export interface PodCondition {
  type?: string;
  status?: string;
  reason?: string;
  message?: string;
}

export interface PodObject {
  metadata?: ObjectMeta;
  spec?: { nodeName?: string; activeDeadlineSeconds?: number };
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    startTime?: string;
    /** Of its node. */
    hostIP?: string;
    conditions?: readonly PodCondition[] | null;
    containerStatuses?: readonly { name?: string; state?: ContainerState }[] | null;
  };
}

export interface PodListObject {
  metadata?: { resourceVersion?: string; continue?: string };
  items?: readonly PodObject[] | null;
}

/** What the API server says of a request that it refused, and a watch of its own end. */
export interface StatusObject {
  code?: number;
  reason?: string;
  message?: string;
  details?: { retryAfterSeconds?: number };
}
