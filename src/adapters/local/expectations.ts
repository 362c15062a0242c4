// What the probe must see, for each kind of isolation. A sandbox that differs in anything is refused.

export interface Check {
  name: string;
  expected: string;
  seen: string;
  passed: boolean;
}

type Judge = (seen: unknown) => boolean;
type Expectation = string | number | readonly (string | number)[] | Readonly<Record<string, string>> | Judge;

const refused = 'EPERM';
const noRights = {
  CapEff: '0000000000000000',
  CapPrm: '0000000000000000',
  NoNewPrivs: '1',
  Seccomp: '2',
};

const always: Record<string, Expectation> = {
  groups: [],
  descriptors: [0, 1, 2],
  'netlink socket': refused,
  'vsock socket': refused,
  'write here': 'done',
  'limit the supervisor': refused,
  mount: refused,
  unshare: refused,
  'clone a namespace': refused,
  clone3: 'ENOSYS',
  trace: refused,
  'set user': refused,
  'change root': refused,
  keys: refused,
  bpf: refused,
  io_uring: refused,
  'user faults': refused,
  events: refused,
  'unknown call': 'ENOSYS',
};

const absentOrRefused = oneOf('ENOENT', 'EACCES', 'EPERM');

const full: Record<string, Expectation> = {
  ...always,
  user: 10001,
  group: 10001,
  status: { ...noRights, CapBnd: '0000000000000000' },
  'other processes': [1],
  'writable mounts': [
    '/dev/full',
    '/dev/null',
    '/dev/random',
    '/dev/shm',
    '/dev/urandom',
    '/dev/zero',
    '/proc',
    '/sandbox',
    '/tmp',
  ],
  interfaces: ['lo'],
  'route out': oneOf('ENETUNREACH', 'EHOSTUNREACH'),
  'unix socket': 'done',
  'write /usr': oneOf('EROFS', 'EACCES'),
  'write /etc': oneOf('EROFS', 'EACCES'),
  'write /': oneOf('EROFS', 'EACCES'),
  'write host name': oneOf('EROFS', 'EACCES', 'EPERM'),
  'read /etc/shadow': 'ENOENT',
  'list /root': absentOrRefused,
  'list /home': absentOrRefused,
  'supervisor memory': oneOf('EACCES', 'EPERM'),
  'supervisor environment': oneOf('EACCES', 'EPERM'),
};

const reduced: Record<string, Expectation> = {
  ...always,
  user: (seen) => seen !== 0,
  status: oneOf('EACCES', 'EPERM'),
  'other processes': oneOf('EACCES', 'EPERM'),
  'route out': refused,
  'unix socket': refused,
  'write /usr': 'EACCES',
  'write /etc': 'EACCES',
  'write /': 'EACCES',
  'write host name': 'EACCES',
  'read /etc/shadow': absentOrRefused,
  'list /root': absentOrRefused,
  'list /home': absentOrRefused,
  'supervisor memory': oneOf('EACCES', 'EPERM'),
  'supervisor environment': oneOf('EACCES', 'EPERM'),
};

export function compare(isolation: 'full' | 'reduced', seen: Record<string, unknown>): Check[] {
  const expected = isolation === 'full' ? full : reduced;
  return Object.entries(expected).map(([name, wanted]) => check(name, wanted, seen[name]));
}

/** Each namespace is another one than ours. */
export function compareNamespaces(
  seen: Record<string, unknown>,
  ours: Readonly<Record<string, string>>,
): Check[] {
  const theirs = seen.namespaces;
  return Object.entries(ours).map(([kind, own]) => {
    const inside = isRecord(theirs) ? theirs[kind] : undefined;
    const passed = typeof inside === 'string' && inside.startsWith(`${kind}:`) && inside !== own;
    return {
      name: `namespace ${kind}`,
      expected: `not ${own}`,
      seen: JSON.stringify(inside) ?? 'nothing',
      passed,
    };
  });
}

function check(name: string, expected: Expectation, seen: unknown): Check {
  const shown = JSON.stringify(seen) ?? 'nothing';
  if (typeof expected === 'function')
    return { name, expected: String(expected), seen: shown, passed: expected(seen) };
  const wanted = JSON.stringify(expected);
  return { name, expected: wanted, seen: shown, passed: Bun.deepEquals(seen, expected) };
}

function oneOf(...values: string[]): Judge {
  return Object.assign((seen: unknown) => typeof seen === 'string' && values.includes(seen), {
    toString: () => values.join(' or '),
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
