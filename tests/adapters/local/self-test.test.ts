// The self-test refuses what is not tight, and says what to do where there can be no sandbox.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { compare, compareNamespaces } from '#src/adapters/local/expectations.ts';
import { DomainError } from '#src/domain/errors.ts';

import { type Laboratory, openLaboratory } from './lab.ts';

describe('what the probe saw', () => {
  let laboratory: Laboratory;
  beforeAll(async () => {
    laboratory = await openLaboratory();
  });
  afterAll(() => laboratory.close());

  test('is refused for any single answer that differs', () => {
    const { checks } = laboratory.selfTest;
    const seen = Object.fromEntries(
      checks
        .filter(({ name }) => !name.startsWith('namespace '))
        .map(({ name, seen: text }) => [name, JSON.parse(text)]),
    );
    expect(compare('full', seen).every(({ passed }) => passed)).toBe(true);
    for (const name of Object.keys(seen)) {
      const failed = compare('full', { ...seen, [name]: 'something else' }).filter(({ passed }) => !passed);
      expect(failed.map((check) => check.name)).toEqual([name]);
    }
  });

  test('is refused when it saw nothing at all', () => {
    expect(compare('full', {}).some(({ passed }) => passed)).toBe(false);
    expect(
      compare('reduced', {})
        .filter(({ passed }) => passed)
        .map(({ name }) => name),
    ).toEqual(['user']);
  });

  test('is refused when a namespace is ours', () => {
    const ours = { net: 'net:[1]', pid: 'pid:[2]' };
    const seen = { namespaces: { net: 'net:[1]', pid: 'pid:[3]' } };
    expect(compareNamespaces(seen, ours).map(({ passed }) => passed)).toEqual([false, true]);
    expect(compareNamespaces({}, ours).map(({ passed }) => passed)).toEqual([false, false]);
  });
});

test('a machine whose kernel says no gets a sentence that says what to choose instead', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-refused-'));
  const supervisorSettings = ['workdir=/nowhere'];
  const failure = await openLaboratory({ folder, supervisorSettings }).then(
    () => null,
    (error: unknown) => error,
  );
  await rm(folder, { recursive: true, force: true });
  expect(failure).toMatchObject({ kind: 'infrastructure' });
  expect(failure instanceof DomainError ? failure.message : '').toContain('isolation = "reduced"');
  expect(failure instanceof DomainError ? failure.detail : '').toContain('/nowhere');
});

describe('reduced isolation', () => {
  let laboratory: Laboratory;
  beforeAll(async () => {
    laboratory = await openLaboratory({ isolation: 'reduced' });
  });
  afterAll(() => laboratory.close());

  test('is reported as what it is', () => {
    expect(laboratory.selfTest).toMatchObject({ isolation: 'reduced' });
    expect(laboratory.selfTest.checks.filter(({ passed }) => !passed)).toEqual([]);
  });

  test('runs a script and cleans up after it', async () => {
    const { stdout, exit } = await laboratory.run({
      script: [
        'import os, time',
        'if os.fork() == 0:',
        '    os.setsid()',
        '    time.sleep(60)',
        "print('hello')",
      ].join('\n'),
    });
    expect(stdout.toString()).toBe('hello\n');
    expect(exit).toMatchObject({ cause: 'exited', exit_code: 0 });
  });

  test('ends a script that fills the disk', async () => {
    const { exit } = await laboratory.run({
      script:
        "import time\nfor i in range(9):\n    open(f'f{i}', 'wb').write(b'x' * 3_000_000)\ntime.sleep(5)",
      limits: { disk_bytes: 4_000_000 },
    });
    expect(exit).toMatchObject({ cause: 'disk_full' });
  });

  test('keeps a script from its neighbours and its supervisor', async () => {
    const { stdout } = await laboratory.run({
      script: [
        'import os, signal, socket',
        'done = []',
        // Answers with success whoever it reached: that it reached nobody shows in the account that still comes.
        'try: os.kill(-1, signal.SIGKILL)',
        'except OSError: pass',
        'for target in (os.getppid(), 1):',
        '    try: os.kill(target, signal.SIGKILL); done.append(target)',
        '    except OSError: pass',
        'for family in (1, 2, 10):',
        '    try: socket.socket(family); done.append(family)',
        '    except OSError: pass',
        "for path in ('/etc/passwd', '/proc/1/environ', '/root', '/home', '..'):",
        '    try: os.listdir(path) if os.path.isdir(path) else open(path); done.append(path)',
        '    except OSError: pass',
        'print(done)',
      ].join('\n'),
    });
    expect(stdout.toString()).toBe('[]\n');
  });
});
