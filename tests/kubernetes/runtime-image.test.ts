// Our image for Python in real pods: the supervisor is their first process, keeps to its protocol, and contains hostile scripts.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';

import { type Attack, attacks } from '../adapters/local/attack-table.ts';
import {
  defaultJobLimits,
  mebibytes,
  monitorOf,
  type Outcome,
  type TestJob,
} from '../adapters/local/monitor.ts';
import { startKubernetes, type TestCluster } from '../engines/servers/kubernetes.ts';
import { attach } from './attachment.ts';
import { type Namespace, openNamespace, type PodWish } from './namespace.ts';

const startWithinMs = 3_600_000;
const supervisorBytes = mebibytes(24);

let cluster: TestCluster;
let namespace: Namespace;
let pods = 0;
beforeAll(async () => {
  cluster = await startKubernetes();
  namespace = await openNamespace(cluster, 'runs');
  await namespace.kubectl(['label', 'namespace', 'runs', 'pod-security.kubernetes.io/enforce=restricted']);
  const nothing = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] };
  const metadata = { name: 'nothing' };
  await namespace.apply({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: nothing,
  });
}, startWithinMs);
afterAll(() => cluster?.stop(), 60_000);

/** A pod for one run, as the product makes them. */
async function boot(
  job: TestJob,
  spec: PodWish['spec'] = { hostUsers: false },
  args: string[] = [],
): Promise<string> {
  const limits = { ...defaultJobLimits, ...job.limits };
  const name = `run-${++pods}`;
  await namespace.start({
    name,
    spec: {
      hostname: 'sandbox',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['127.0.0.1'] },
      volumes: [
        {
          name: 'disk',
          emptyDir: { medium: 'Memory', sizeLimit: String(Math.max(limits.disk_bytes, mebibytes(8))) },
        },
      ],
      ...spec,
    },
    container: {
      ...(args.length === 0 ? {} : { args }),
      resources: {
        limits: { memory: String(limits.memory_bytes + supervisorBytes), cpu: '2' },
        // What is not said is the limit, and two pods would not fit onto a small machine.
        requests: { memory: '16Mi', cpu: '10m' },
      },
      volumeMounts: [
        { name: 'disk', mountPath: '/sandbox', subPath: 'sandbox' },
        { name: 'disk', mountPath: '/tmp', subPath: 'tmp' },
        { name: 'disk', mountPath: '/dev/shm', subPath: 'shm' },
      ],
    },
  });
  await namespace.running(name);
  return name;
}

async function run(job: TestJob, spec?: PodWish['spec']): Promise<Outcome & { pod: string }> {
  const pod = await boot(job, spec);
  const attachment = attach(cluster, 'runs', pod);
  try {
    const monitor = monitorOf(attachment);
    await monitor.begin(job);
    return { pod, ...(await monitor.finish()) };
  } finally {
    attachment.close();
  }
}

const remove = (pod: string): Promise<string> =>
  namespace.kubectl(['delete', 'pod', pod, '--force', '--grace-period=0']);

async function readyLineOf(pod: string): Promise<Record<string, unknown>> {
  const [first = ''] = (await namespace.kubectl(['logs', pod])).split('\n');
  return JSON.parse(first).ready;
}

describe('a supervisor in a real pod', () => {
  test('runs a script with users, memory and processes of its own, and tells its account', async () => {
    const script =
      'import os\nprint(os.getuid(), os.getcwd(), os.environ["HOME"], open("given").read())\nraise SystemExit(3)';
    const files = [{ path: 'given', data: Buffer.from('a file').toString('base64') }];
    const { pod, stdout, exit } = await run({ script, files });
    expect(await readyLineOf(pod)).toMatchObject({
      pid: 1,
      uid: 10_001,
      mode: 'pod',
      own_users: true,
      counted: true,
    });
    expect(stdout.toString()).toBe('10001 /sandbox /sandbox a file\n');
    expect(exit).toMatchObject({ cause: 'exited', exit_code: 3, stdout_bytes: stdout.length });
    expect(exit?.memory_peak_bytes).toBeGreaterThan(1_000_000);
    expect(await namespace.end(pod)).toMatchObject({ reason: 'Completed', exitCode: 0 });
  });

  test('runs without users of its own too, and says so', async () => {
    const { pod, stdout } = await run({ script: 'print("hello")' }, {});
    expect(await readyLineOf(pod)).toMatchObject({ own_users: false, counted: true });
    expect(stdout.toString()).toBe('hello\n');
  });

  test('outlives a broken way to it: whoever comes next hears all of it, without gap or repeat', async () => {
    const script = 'for line in range(3): print(line, input())';
    const pod = await boot({ script });
    const first = attach(cluster, 'runs', pod);
    const before = monitorOf(first);
    await before.begin({ script, stdin: 'open' });
    await before.input(1, 'a\n');
    const said = await before.until(({ data }) => data.toString().endsWith('a\n'));
    await first.cut();
    const second = attach(cluster, 'runs', pod);
    const after = monitorOf(second);
    await after.say({ resend: said.number + 1 });
    await after.input(2, 'b\nc\n', true);
    await after.until(({ channel }) => channel === 'exit');
    while ((await after.next()) !== null);
    const told = [...before.heard, ...after.heard].map(({ number }) => number);
    expect(told).toEqual(told.map((_number, index) => index));
    const stdout = [...before.heard, ...after.heard].filter(({ channel }) => channel === 'stdout');
    expect(Buffer.concat(stdout.map(({ data }) => data)).toString()).toBe('0 a\n1 b\n2 c\n');
  });

  test('says itself when memory ran out', async () => {
    const { exit, stdout } = await run({
      script: 'print("on", flush=True)\nheld = "x" * 10**9',
      limits: { memory_bytes: mebibytes(64) },
    });
    expect(stdout.toString()).toBe('on\n');
    expect(exit).toMatchObject({ cause: 'out_of_memory', signal: 9 });
  });

  test('keeps a disk that is smaller than the pod’s', async () => {
    const script =
      'import time\nopen("a", "wb").write(b"x" * 3_000_000)\nopen("b", "wb").write(b"x" * 3_000_000)\ntime.sleep(5)';
    const { exit } = await run({ script, limits: { disk_bytes: 4_000_000 } });
    expect(exit).toMatchObject({ cause: 'disk_full' });
  });

  test('stops its script when the pod is deleted, and still says how it ended', async () => {
    const script = 'import time\nprint("on", flush=True)\ntime.sleep(60)';
    const pod = await boot({ script });
    const attachment = attach(cluster, 'runs', pod);
    const monitor = monitorOf(attachment);
    await monitor.begin({ script });
    await monitor.until(({ data }) => data.toString().endsWith('\n'));
    await namespace.kubectl(['delete', 'pod', pod, '--grace-period=20', '--wait=false']);
    const { exit } = await monitor.finish();
    attachment.close();
    expect(exit).toMatchObject({ cause: 'stopped', signal: 15 });
  });
});

/** Where a pod differs from a sandbox of this machine. */
const inPods: Readonly<Record<string, Partial<Attack>>> = {
  // There is a way out of the pod; that no packet takes it is the network policy's work.
  network: { stdout: /^reached: \['out'\]\n$/ },
  // Its disk knows no bound of files; they are counted.
  disk_files: { causes: ['disk_full', 'out_of_memory'], exitCode: null, stdout: /^$/ },
};

/** Of a supervisor that went with its script: memory that nobody has mapped counts for neither, and the kernel takes one of both. */
const causes: Readonly<Record<string, string>> = { OOMKilled: 'out_of_memory' };

describe('contained in a pod', () => {
  test.each(attacks.map((attack) => [attack.file, { ...attack, ...inPods[attack.file] }] as const))(
    '%s',
    async (file, { limits = {}, ...wanted }) => {
      const script = await Bun.file(join(import.meta.dir, '../adapters/local/attacks', `${file}.py`)).text();
      const { pod, exit, stdout, artifacts } = await run({ script, args: ['1', '/run/host.sock'], limits });
      const cause = exit?.cause ?? causes[(await namespace.end(pod)).reason] ?? 'no account';
      await remove(pod);
      expect(wanted.causes).toContain(cause);
      if (wanted.exitCode !== undefined) expect(exit?.exit_code ?? null).toBe(wanted.exitCode);
      if (wanted.stdout && stdout.length <= 4_096) expect(stdout.toString()).toMatch(wanted.stdout);
      const kept = artifacts.map(({ name, data }) => `${name}:${data.length}`).join(' ');
      if (wanted.artifacts) expect(kept).toMatch(wanted.artifacts);
      expect(exit?.truncated ?? false).toBe(wanted.truncated ?? false);
    },
    60_000,
  );
});
