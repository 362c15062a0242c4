// What people do, on real servers with a process for each role and two interfaces: whatever is begun at one goes on at the
// other.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { Follower } from '#tests/corpus/follower.ts';
import { adminAccount } from '#tests/support/binary.ts';
import { adminClient, type Client, login } from '#tests/support/client.ts';
import { until } from '#tests/support/until.ts';
import { createDeployment, type Deployment, oneForEachRole, serversHere } from './deployment.ts';
import { endOf, outputOf, submit, viewOf, writes } from './runs.ts';

const timeoutMs = 120_000;
let fleet: Deployment;
let here: Client;
let there: Client;
beforeAll(async () => {
  const seats = { ...oneForEachRole, 'api-2': 'api' };
  fleet = await createDeployment({ servers: serversHere(), seats });
  await Promise.all(fleet.names.map(fleet.start));
  here = await adminClient({ url: fleet.url('api'), setupToken: fleet.setupToken('api') });
  there = here.at(fleet.url('api-2'));
}, timeoutMs);
afterAll(async () => {
  expect(fleet.fallen()).toEqual([]);
  expect(await fleet.close()).toEqual([]);
}, timeoutMs);

test(
  'a run is submitted at one interface and followed at the other, to its last byte',
  async () => {
    const script = "import time\nfor i in range(40):\n    print('line', i, flush=True)\n    time.sleep(0.01)";
    const id = await submit(here, script);
    const follower = new Follower(there, id);
    await follower.finished;
    const lines = Array.from({ length: 40 }, (_, line) => `line ${line}\n`).join('');
    expect(follower.bytes('stdout').toString()).toBe(lines);
    expect(await outputOf(here, id)).toBe(lines);
    expect(await viewOf(there, id)).toMatchObject({
      status: 'completed',
      exit_code: 0,
      attempts: [{ number: 1 }],
    });
  },
  timeoutMs,
);

test(
  'a stream that breaks off goes on at the other interface, without a gap and without a repeat',
  async () => {
    const script = "for i in range(3):\n    print('word', i, flush=True)\n    input()";
    const id = await submit(here, script, { stdin_open: true });
    const follower = new Follower(there, id);
    await follower.until(() => follower.bytes('stdout').includes('word 0\n'), timeoutMs);
    await fleet.kill('api-2');
    await here.post(`/executions/${id}/stdin`, { data: '\n' });
    await writes(here, id, 'word 1\n');
    await fleet.start('api-2');
    there = here.at(fleet.url('api-2'));
    const again = new Follower(there, id, follower.position());
    await again.until(() => again.bytes('stdout').includes('word 1\n'), timeoutMs);
    for (let typed = 0; typed < 2; typed += 1) await there.post(`/executions/${id}/stdin`, { data: '\n' });
    await again.finished;
    expect(`${follower.bytes('stdout')}${again.bytes('stdout')}`).toBe('word 0\nword 1\nword 2\n');
  },
  timeoutMs,
);

test(
  'a script hears what is typed at either interface, in the order of the answers',
  async () => {
    const id = await submit(
      here,
      "import sys\nfor line in sys.stdin: print('got', line.strip(), flush=True)",
      {
        stdin_open: true,
      },
    );
    for (let word = 0; word < 6; word += 1) {
      const answer = await (word % 2 === 0 ? here : there).post(`/executions/${id}/stdin`, {
        data: `${word}\n`,
      });
      expect(answer.status).toBe(200);
    }
    await there.post(`/executions/${id}/stdin`, { data: '', eof: true });
    await endOf(here, id);
    expect(await outputOf(here, id)).toBe(Array.from({ length: 6 }, (_, word) => `got ${word}\n`).join(''));
  },
  timeoutMs,
);

test(
  'a cancel at the other interface ends a running script',
  async () => {
    const id = await submit(here, "import time\nprint('begun', flush=True)\ntime.sleep(100)");
    await writes(here, id, 'begun');
    expect((await there.post(`/executions/${id}/cancel`, { reason: 'enough' })).status).toBe(200);
    expect((await endOf(here, id)).termination?.reason).toBe('cancelled');
  },
  timeoutMs,
);

test(
  'one key at both interfaces in the same moment is one run',
  async () => {
    const body = { script: "print('once')", lang: 'python' };
    const asks = [here, there, here, there].map((client) =>
      client.post('/execute', body, { 'idempotency-key': 'the same' }),
    );
    const answers = await Promise.all(asks);
    const ids = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { execution_id: string }).execution_id),
    );
    expect(new Set(ids).size).toBe(1);
    const other = await there.post(
      '/execute',
      { ...body, script: "print('twice')" },
      { 'idempotency-key': 'the same' },
    );
    expect(other.status).toBe(409);
    await endOf(here, ids[0] ?? '');
  },
  timeoutMs,
);

test(
  'a session is one for all interfaces, and so is its end',
  async () => {
    const session = await login(fleet.url('api'), adminAccount.username, adminAccount.password);
    const other = session.at(fleet.url('api-2'));
    expect((await other.get('/auth/me')).status).toBe(200);
    expect((await session.post('/auth/logout')).status).toBe(200);
    await until(async () => (await other.get('/auth/me')).status === 401);
  },
  timeoutMs,
);

test(
  'an interface that runs no scripts offers what the workers can run, and tells how it is',
  async () => {
    const limits = (await (await there.get('/k8s-limits')).json()) as {
      supported_runtimes: { python?: { versions: string[] } };
    };
    expect(limits.supported_runtimes.python?.versions.length).toBeGreaterThan(0);
    const ready = await there.get('/health/ready');
    const { dependencies } = (await ready.json()) as { dependencies: { name: string; ready: boolean }[] };
    expect(ready.status).toBe(200);
    expect(dependencies.map(({ name }) => name).toSorted()).toEqual(['clock', 'kafka', 'mongodb', 'redis']);
  },
  timeoutMs,
);

test(
  'what happened to a run is told by its events',
  async () => {
    const id = await submit(here, "print('told')");
    await endOf(here, id);
    const types = async (): Promise<string[]> => {
      const events = (await (await there.get(`/executions/${id}/events?limit=1000`)).json()) as {
        event_type: string;
      }[];
      return events.map(({ event_type: type }) => type);
    };
    const once = [
      'execution_requested',
      'pod_created',
      'pod_running',
      'pod_terminated',
      'pod_deleted',
      'execution_completed',
    ];
    // Each topic comes by its own way: which of them is the last is nobody's promise.
    await until(async () => {
      const told = await types();
      return once.every((type) => told.includes(type));
    }, timeoutMs);
    const told = await types();
    for (const type of once) expect([type, told.filter((each) => each === type).length]).toEqual([type, 1]);
  },
  timeoutMs,
);
