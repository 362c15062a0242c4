// The settings of pods in a cluster: a part of the one table.
import type { Option } from './option.ts';

export const clusterOptions = {
  'kubernetes.kubeconfig': {
    kind: 'text',
    default: '',
    bare: 'KUBECONFIG',
    sentence:
      'File that names the cluster; empty for the service account of the pod that this process runs in.',
  },
  'kubernetes.context': {
    kind: 'text',
    default: '',
    sentence: "Context of that file; empty for the file's current one.",
  },
  'kubernetes.namespace': {
    kind: 'text',
    default: 'greenroom-scripts',
    sentence: 'Where the pods of scripts live, and nothing else does.',
  },
  'kubernetes.images': {
    kind: 'list',
    default: [],
    sentence:
      'What runs which version, each as LANGUAGE VERSION=IMAGE, such as "python 3.11=registry/name:tag".',
  },
  'kubernetes.image_pull_policy': {
    kind: 'text',
    default: 'IfNotPresent',
    allowed: ['Always', 'IfNotPresent', 'Never'],
    sentence: 'When a node asks for an image.',
  },
  'kubernetes.image_pull_secrets': {
    kind: 'list',
    default: [],
    sentence: 'Names of secrets in that namespace by which nodes may pull the images.',
  },
  'kubernetes.memory_request': {
    kind: 'memory',
    default: '64Mi',
    sentence: 'What the scheduler keeps free for each pod; the limit of a run may be more.',
  },
  'kubernetes.cpu_request': {
    kind: 'cpu',
    default: '100m',
    sentence: 'Processor share that the scheduler keeps free for each pod.',
  },
  'kubernetes.warm_surge': {
    kind: 'integer',
    default: 4,
    minimum: 0,
    maximum: 64,
    sentence: 'So many more pods than runtime.warm are kept ready at most while that many scripts run.',
  },
  'kubernetes.own_users': {
    kind: 'boolean',
    default: true,
    sentence: 'Whether the user of a pod is nobody on its node; nodes without user namespaces cannot do it.',
  },
  'kubernetes.runtime_class': {
    kind: 'text',
    default: '',
    sentence: "RuntimeClass of the pods, such as gvisor; empty for the cluster's own.",
  },
  'kubernetes.tolerations': {
    kind: 'list',
    default: [],
    sentence: 'Taints of nodes that the pods bear, each as KEY, KEY=VALUE, KEY:EFFECT or KEY=VALUE:EFFECT.',
  },
  'kubernetes.node_selector': {
    kind: 'list',
    default: [],
    sentence: 'Labels that a node must have to run scripts, each as KEY=VALUE.',
  },
} as const satisfies Record<string, Option>;
