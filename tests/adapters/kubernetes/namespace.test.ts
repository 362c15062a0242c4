// What is done to the namespace before a script runs in it, with and without the right to do it, and what a look out of a pod decides.
import { describe, expect, test } from 'bun:test';
import { apiServer } from '#src/adapters/kubernetes/api-server.ts';
import { adviceOn, compareIsolation } from '#src/adapters/kubernetes/isolation-checks.ts';
import { isRestricted, shutNamespace } from '#src/adapters/kubernetes/namespace.ts';
import { realClock } from '#tests/adapters/local/test-clock.ts';
import { fakeApiServer } from './fake-api-server.ts';

interface Outcome {
  error: unknown;
  /** Method and last part of the path of what was asked, in order. */
  asked: string[];
  bodies: Record<string, unknown>[];
  isRestricted: boolean;
}

const label = { 'pod-security.kubernetes.io/enforce': 'restricted' };

/** @param there objects by the last part of their path; `mayNot` names methods that are forbidden */
async function shut(there: Record<string, object>, mayNot: readonly string[] = []): Promise<Outcome> {
  const server = fakeApiServer();
  const asked: string[] = [];
  const bodies: Record<string, unknown>[] = [];
  const objects = new Map(Object.entries(there));
  server.interfere = async (request) => {
    const name = new URL(request.url).pathname.split('/').at(-1) ?? '';
    asked.push(`${request.method} ${name}`);
    if (mayNot.includes(request.method)) return Response.json({ code: 403 }, { status: 403 });
    if (request.method === 'PATCH') {
      const body = (await request.json()) as Record<string, unknown>;
      bodies.push(body);
      objects.set(name, body);
    }
    const object = objects.get(name);
    return object ? Response.json(object) : Response.json({ code: 404 }, { status: 404 });
  };
  const credentials = async () => ({ headers: {}, tls: { rejectUnauthorized: true } });
  const api = apiServer({ server: server.url, credentials }, realClock);
  const error = await shutNamespace(api, 'scripts').then(
    () => null,
    (reason: unknown) => reason,
  );
  const outcome = { error, asked: [...asked], bodies, isRestricted: await isRestricted(api, 'scripts') };
  await server.stop();
  return outcome;
}

describe('the namespace of the scripts', () => {
  test('is made, restricted and cut off', async () => {
    const { error, bodies, isRestricted: restricted } = await shut({});
    expect(error).toBeNull();
    expect(restricted).toBe(true);
    expect(bodies).toMatchObject([
      { kind: 'Namespace', metadata: { name: 'scripts', labels: label } },
      {
        kind: 'NetworkPolicy',
        spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
      },
    ]);
    const policy = bodies[1] as { spec: object };
    // A rule, even an empty one, would let something through.
    expect(Object.keys(policy.spec).toSorted()).toEqual(['podSelector', 'policyTypes']);
  });

  test('that is restricted already is left as it is', async () => {
    const { error, asked } = await shut({ scripts: { metadata: { labels: label } } });
    expect(error).toBeNull();
    expect(asked).not.toContain('PATCH scripts');
  });

  test('may be shut by somebody else, where we may only look', async () => {
    const there = { scripts: { metadata: { labels: label } }, 'greenroom-nothing-in-or-out': {} };
    expect((await shut(there, ['PATCH'])).error).toBeNull();
  });

  test('that is open, and that we may not shut, is refused with what to do', async () => {
    const open = await shut({ scripts: { metadata: {} } }, ['PATCH']);
    expect(open.error).toMatchObject({ kind: 'infrastructure' });
    expect(String(open.error)).toContain('enforce=restricted');
    const connected = await shut({ scripts: { metadata: { labels: label } } }, ['PATCH']);
    expect(String(connected.error)).toContain('NetworkPolicy greenroom-nothing-in-or-out');
  });
});

describe('a look out of a pod', () => {
  const tight = {
    reached: [],
    uid: 10_001,
    capabilities: 0,
    no_new_privileges: true,
    seccomp: '2',
    own_users: true,
    token: false,
    root_writable: false,
  };
  const advice = (seen: object, hasOwnUsers = true): string[] =>
    adviceOn(compareIsolation({ ...tight, ...seen }, { hasOwnUsers }));

  test('that finds nothing lets scripts run', () => expect(advice({})).toEqual([]));

  test.each([
    ['an address that answers', { reached: ['10.0.0.1:6443'] }, 'does not enforce NetworkPolicy'],
    ['users of the node', { own_users: false }, 'kubernetes.own_users = false'],
    ['a capability', { capabilities: 1 }, 'capabilities is 1, not 0'],
    ['no filter of system calls', { seccomp: '0' }, 'seccomp is "0"'],
    ['a token', { token: true }, 'holds a token'],
    ['a file system that can be written', { root_writable: true }, 'root_writable is true'],
    ['an answer that lacks something', { reached: undefined }, 'does not enforce NetworkPolicy'],
  ])('that finds %s refuses them', (_what, seen, words) => {
    expect(advice(seen)).toHaveLength(1);
    expect(advice(seen)[0]).toContain(words);
  });

  test('does not ask for users of their own where the settings do not', () => {
    expect(advice({ own_users: false }, false)).toEqual([]);
  });
});
