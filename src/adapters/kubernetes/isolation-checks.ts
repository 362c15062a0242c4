// What a probe must find in a pod, or must not. Pure.

export interface IsolationCheck {
  name: string;
  expected: string;
  seen: string;
  passed: boolean;
}

/** What a node that does as it is told shows. */
export function compareIsolation(
  seen: Readonly<Record<string, unknown>>,
  { hasOwnUsers }: { hasOwnUsers: boolean },
): IsolationCheck[] {
  const expected: Record<string, unknown> = {
    reached: [],
    uid: 10_001,
    capabilities: 0,
    no_new_privileges: true,
    seccomp: '2',
    token: false,
    root_writable: false,
    ...(hasOwnUsers ? { own_users: true } : {}),
  };
  return Object.entries(expected).map(([name, value]) => ({
    name,
    expected: JSON.stringify(value),
    seen: JSON.stringify(seen[name] ?? null),
    passed: Bun.deepEquals(seen[name], value),
  }));
}

const advice: Readonly<Record<string, string>> = {
  reached:
    'scripts reach addresses of the cluster although a policy forbids it: the network of the cluster does not enforce NetworkPolicy',
  own_users:
    'the users of a pod are those of its node: it has no user namespaces (then set kubernetes.own_users = false)',
  token: 'a pod holds a token of the cluster',
};

/** Sentences for the operator, one for each check that failed. */
export const adviceOn = (checks: readonly IsolationCheck[]): string[] =>
  checks
    .filter(({ passed }) => !passed)
    .map(({ name, expected, seen }) => advice[name] ?? `${name} is ${seen}, not ${expected}`);
