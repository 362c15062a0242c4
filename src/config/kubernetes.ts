// Settings of a cluster that are texts of their own small languages. Pure.

import type { Runtime } from '#src/domain/execution.ts';
import { isLanguage } from '#src/domain/languages.ts';
import type { Config } from './options.ts';

export interface NamedImage {
  runtime: Runtime;
  image: string;
}

/** `python 3.11=registry/name:tag`; null for what is no such text. */
export function parseImage(text: string): NamedImage | null {
  const match = /^([a-z]{1,16}) (\d{1,4}(?:\.\d{1,4}){0,2})=([^\s=]{1,512})$/.exec(text);
  const [, language = '', version = '', image = ''] = match ?? [];
  return match === null ? null : { runtime: { language, version }, image };
}

export interface Toleration {
  key: string;
  operator: 'Exists' | 'Equal';
  value?: string;
  effect?: string;
}

const label = '[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,251}[A-Za-z0-9])?';
const labelValue = '(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?';
const tolerationText = new RegExp(
  `^(${label})(?:=(${labelValue}))?(?::(NoSchedule|PreferNoSchedule|NoExecute))?$`,
);
const selectorText = new RegExp(`^(${label})=(${labelValue})$`);

/** `KEY`, `KEY=VALUE`, either with `:EFFECT`; null for what is no such text. */
export function parseToleration(text: string): Toleration | null {
  const [, key, value, effect] = tolerationText.exec(text) ?? [];
  if (key === undefined) return null;
  return {
    key,
    ...(value === undefined ? { operator: 'Exists' } : { operator: 'Equal', value }),
    ...(effect === undefined ? {} : { effect }),
  };
}

/** `KEY=VALUE`; null for what is no such text. */
export function parseLabel(text: string): [key: string, value: string] | null {
  const [, key, value] = selectorText.exec(text) ?? [];
  return key === undefined || value === undefined ? null : [key, value];
}

export function checkKubernetes(config: Config): string[] {
  if (config['runtime.kind'] !== 'kubernetes') {
    return config['kubernetes.images'].length === 0
      ? []
      : ['kubernetes.images is of use only with runtime.kind = "kubernetes"'];
  }
  const problems = [
    ...checkNamespace(config['kubernetes.namespace']),
    ...checkImages(config['kubernetes.images']),
  ];
  for (const text of config['kubernetes.tolerations']) {
    if (parseToleration(text) === null) {
      problems.push(`kubernetes.tolerations: ${text} must be KEY, KEY=VALUE, KEY:EFFECT or KEY=VALUE:EFFECT`);
    }
  }
  for (const text of config['kubernetes.node_selector']) {
    if (parseLabel(text) === null) problems.push(`kubernetes.node_selector: ${text} must be KEY=VALUE`);
  }
  if (config['runtime.interpreters'].length > 0) {
    problems.push(
      'runtime.interpreters are those of this machine; in a cluster kubernetes.images name what runs',
    );
  }
  if (config['runtime.isolation'] !== 'full') {
    problems.push('runtime.isolation: reduced isolation is for sandboxes of this machine only');
  }
  return problems;
}

/** Its pods are ours to make and to take away, and a policy shuts it: nothing else may live there. */
function checkNamespace(namespace: string): string[] {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) {
    return ['kubernetes.namespace must be letters, digits and hyphens, 63 at most'];
  }
  if (namespace === 'default' || namespace.startsWith('kube-')) {
    return [`kubernetes.namespace: scripts need a namespace of their own, which ${namespace} cannot be`];
  }
  return [];
}

function checkImages(texts: readonly string[]): string[] {
  if (texts.length === 0)
    return ['kubernetes.images: name at least one, such as "python 3.11=registry/name:tag"'];
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const text of texts) {
    const named = parseImage(text);
    if (named === null) {
      problems.push(`kubernetes.images: ${text} must be LANGUAGE VERSION=IMAGE`);
      continue;
    }
    const { language, version } = named.runtime;
    if (!isLanguage(language))
      problems.push(`kubernetes.images: ${language} is no language that is known here`);
    if (seen.has(`${language} ${version}`))
      problems.push(`kubernetes.images: ${language} ${version} is named twice`);
    seen.add(`${language} ${version}`);
  }
  return problems;
}
