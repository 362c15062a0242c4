// A backup made while runs are submitted, and what a folder restored from it holds: every run ends, nothing is changed that
// had ended, and nothing half made is ever left.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyDatabase } from '#src/adapters/embedded/backup-file.ts';
import { openConnection } from '#src/adapters/embedded/database.ts';
import { lockFolder } from '#src/adapters/embedded/lock.ts';
import {
  adminAccount,
  type Binary,
  binaryPath,
  newDataDir,
  removeDataDir,
  startBinary,
  until,
} from '#tests/support/binary.ts';
import { adminClient, type Client, login } from '#tests/support/client.ts';
import { greenroom } from '#tests/support/command.ts';

interface View {
  execution_id: string;
  status: string;
  termination: { reason: string; message: string } | null;
}

let root: string;
let dataDir: string;
let backups: string;
let backup: string;
let binary: Binary;
let client: Client;
/** What each run that had ended before the backup showed. */
const before = new Map<string, { result: unknown; output: string }>();
let submitting: string[] = [];

const place = (name: string): string => join(root, name);
const finals = ['completed', 'failed', 'timeout', 'cancelled', 'error'];

async function submit(script: string, as = client): Promise<string> {
  const answer = await as.post('/execute', { script, lang: 'python' });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { execution_id: string }).execution_id;
}

const view = async (id: string, as = client): Promise<View> =>
  (await (await as.get(`/executions/${id}`)).json()) as View;

async function shown(id: string, as = client) {
  const output = await (await as.get(`/executions/${id}/output?stream=stdout`)).text();
  return { result: await (await as.get(`/executions/${id}/result`)).json(), output };
}

const ended = (id: string, as = client): Promise<View> =>
  until(`run ${id} ends`, async () => {
    const now = await view(id, as);
    return finals.includes(now.status) ? now : null;
  });

/** Submits until the work is over, and answers all that was accepted. */
async function underLoad(work: Promise<unknown>): Promise<string[]> {
  const accepted: string[] = [];
  let over = false;
  const finished = work.finally(() => {
    over = true;
  });
  while (!over) accepted.push(await submit(`print(${accepted.length})`));
  await finished;
  return accepted;
}

beforeAll(async () => {
  root = await newDataDir();
  dataDir = place('data');
  backups = place('backups');
  backup = join(backups, 'first.db');
  await mkdir(backups);
  binary = await startBinary({ dataDir });
  client = await adminClient(binary);
  const scripts = [
    "print('one')",
    'import sys\nsys.stdout.buffer.write(bytes(range(256)) * 300)',
    "print('ä' * 5000)",
  ];
  for (const script of scripts) {
    const id = await submit(script);
    await ended(id);
    before.set(id, await shown(id));
  }
  const long = await submit("import time\nprint('begun', flush=True)\ntime.sleep(20)");
  await until('the long run has begun', async () => ((await shown(long)).output === 'begun\n' ? true : null));
  const copying = greenroom(dataDir, ['backup', backup]);
  submitting = [long, ...(await underLoad(copying))];
  expect(await copying).toMatchObject({ code: 0, err: '' });
});
afterAll(async () => {
  await binary.stop();
  await removeDataDir(root);
});

const refusedWith = async (words: string[], sentence: string, data = dataDir, code = 1): Promise<void> => {
  const answer = await greenroom(data, words);
  expect([answer.code, answer.err]).toEqual([code, expect.stringContaining(sentence)]);
  expect(answer.err).not.toContain('    at ');
};

describe('backup', () => {
  test('writes one file for its owner alone, and nothing beside it', async () => {
    expect(await readdir(backups)).toEqual(['first.db']);
    expect((await stat(backup)).mode & 0o777).toBe(0o600);
  });

  test('tells what is in it, and that the key is not', async () => {
    const { out } = await greenroom(dataDir, ['backup', join(backups, 'told.db')]);
    expect(out).toMatch(/execution records: \d+, of which \d+ unfinished/);
    expect(out).toMatch(/frames of output: \d+/);
    expect(out).toMatch(/documents: .*users 1/);
    expect(out).toContain('The secret key is not in it');
    const key = (await readFile(join(dataDir, 'secret.key'), 'utf8')).trim();
    expect((await readFile(join(backups, 'told.db'))).includes(key)).toBe(false);
  });

  test('replaces a file only when it is told to', async () => {
    const file = join(backups, 'there.db');
    await writeFile(file, 'mine');
    await refusedWith(['backup', file], 'is there already');
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect((await greenroom(dataDir, ['backup', file, '--force'])).code).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('refuses bad places with a sentence and leaves nothing there', async () => {
    const folder = place('full');
    await mkdir(folder);
    await symlink(backup, join(folder, 'link.db'));
    await refusedWith(['backup', join(folder, 'none', 'x.db')], 'there is no such file or folder');
    await refusedWith(['backup', join(backup, 'x.db')], 'is not a folder');
    await refusedWith(['backup', folder, '--force'], 'is that of a folder');
    await refusedWith(['backup', join(folder, 'link.db'), '--force'], 'not an ordinary file');
    await refusedWith(
      ['backup', join(dataDir, 'greenroom.db'), '--force'],
      'does not belong in the data folder',
    );
    await refusedWith(['backup', join(dataDir, 'runtime', 'x.db')], 'does not belong in the data folder');
    await refusedWith(['backup', join(folder, 'x'.repeat(256))], 'too long');
    await refusedWith(['backup', join(folder, 'x.db')], 'no database to copy', place('nowhere'));
    await refusedWith(['backup'], 'needs the name of a file', dataDir, 2);
    await refusedWith(['backup', 'a', 'b'], 'one file at a time', dataDir, 2);
    expect(await readdir(folder)).toEqual(['link.db']);
    expect(await readdir(root)).not.toContain('nowhere');
  });

  test('says that the disk is full and leaves nothing on it', async () => {
    const folder = place('small');
    await mkdir(folder);
    const script = 'mount -t tmpfs -o size=64k none "$1"; shift; "$@"; code=$?; ls -A "$DISK"; exit $code';
    const before = ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', folder];
    const { code, out, err } = await greenroom(dataDir, ['backup', join(folder, 'x.db')], {
      before,
      environment: { DISK: folder },
    });
    expect([code, out, err]).toEqual([1, '', expect.stringContaining('not enough space')]);
  });

  test('told to stop in the middle, it leaves a whole backup or nothing', async () => {
    const folder = place('stopped');
    await mkdir(folder);
    const child = Bun.spawn([binaryPath, 'backup', join(folder, 'x.db')], {
      env: { PATH: process.env.PATH, DATA_DIR: dataDir },
      cwd: '/',
      stdout: 'ignore',
      stderr: 'pipe',
    });
    await until('the copy has begun', async () => ((await readdir(folder)).length > 0 ? true : null));
    child.kill('SIGTERM');
    const code = await child.exited;
    expect([code, await readdir(folder)]).toEqual(code === 0 ? [0, ['x.db']] : [1, []]);
    if (code === 1) expect(await new Response(child.stderr).text()).toContain('Stopped before its end');
  });

  test('works on a folder that no server uses, and not beside another command', async () => {
    const folder = place('alone');
    expect((await greenroom(folder, ['restore', backup])).code).toBe(0);
    expect((await greenroom(folder, ['backup', join(backups, 'alone.db')])).code).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(['greenroom.db', 'greenroom.lock']);
    const lock = await lockFolder(folder);
    try {
      await refusedWith(['backup', join(backups, 'other.db')], 'Another process is using', folder);
    } finally {
      lock.release();
    }
    expect(await readdir(backups)).not.toContain('other.db');
  });
});

describe('restore', () => {
  test('never works beside a running server', () =>
    refusedWith(['restore', backup, '--force'], 'Another process is using this data folder'));

  test('ends every run that was in the copy, and keeps what had ended byte for byte', async () => {
    const folder = place('restored');
    const restored = await greenroom(folder, ['restore', backup]);
    expect(restored).toMatchObject({ code: 0, err: '' });
    expect(restored.out).toMatch(/Unfinished runs ended as lost: [1-9]/);
    expect((await stat(join(folder, 'greenroom.db'))).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(['greenroom.db', 'greenroom.lock']);

    const second = await startBinary({ dataDir: folder });
    try {
      const admin = await login(second.url, adminAccount.username, adminAccount.password);
      for (const [id, was] of before) expect([id, await shown(id, admin)]).toEqual([id, was]);
      const known = (await Promise.all(submitting.map((id) => view(id, admin)))).filter(
        ({ execution_id: id }) => id !== undefined,
      );
      expect(known.length).toBeGreaterThan(0);
      for (const { status } of known) expect(finals).toContain(status);
      const [long = ''] = submitting;
      const lost = await view(long, admin);
      expect(lost.termination).toMatchObject({
        reason: 'lost',
        message: expect.stringContaining('restored from a backup'),
      });
      expect((await shown(long, admin)).output).toBe('begun\n');
      // A follower is told all of it, to the end.
      const told = await (await admin.get(`/executions/${long}/stream`)).text();
      expect(told).toContain('begun');
      expect(told).toContain('restored from a backup');
      await (await admin.get(`/events/executions/${long}`)).text();
      // Every slot is free again: as many runs as there are slots end.
      const fresh = await Promise.all(
        Array.from({ length: 10 }, (_, index) => submit(`print(${index})`, admin)),
      );
      for (const id of fresh) expect((await ended(id, admin)).status).toBe('completed');
      const events = await (await admin.get(`/executions/${long}/events?limit=1000`)).json();
      const types = (events as { event_type: string }[]).map(({ event_type: type }) => type);
      expect(types.filter((type) => type === 'execution_failed')).toHaveLength(1);
    } finally {
      expect(await second.stop()).toBe(0);
    }
  }, 60_000);

  test('refuses a folder that has a database, and with --force keeps the old one beside', async () => {
    const folder = place('twice');
    expect((await greenroom(folder, ['restore', backup])).code).toBe(0);
    await refusedWith(['restore', backup], 'holds a database already', folder);
    const again = await greenroom(folder, ['restore', backup, '--force']);
    expect(again.code).toBe(0);
    const old = (await readdir(folder)).find((name) => name.includes('.before-restore-')) ?? '';
    expect(again.out).toContain(old);
    // What was kept is a database that can be restored itself.
    const back = await greenroom(place('back'), ['restore', join(folder, old)]);
    expect([back.code, back.err]).toEqual([0, '']);
    expect(back.out).toContain('Unfinished runs ended as lost: 0');
  });

  test('lets unfinished runs go on when it is told to', async () => {
    const folder = place('kept');
    const restored = await greenroom(folder, ['restore', backup, '--keep-unfinished']);
    expect(restored.code).toBe(0);
    expect(restored.out).toContain('go on at the next start');
    const again = await greenroom(folder, ['backup', join(backups, 'kept.db')]);
    expect(again.out).toMatch(/of which [1-9]\d* unfinished/);
  });

  test('brings the key back that a backup was told to hold, and sessions with it', async () => {
    const file = join(backups, 'key.db');
    const { out } = await greenroom(dataDir, ['backup', file, '--with-key']);
    expect(out).toContain('whoever reads this file');
    const folder = place('key');
    expect((await greenroom(folder, ['restore', file])).out).toContain('The secret key was restored');
    expect(await readFile(join(folder, 'secret.key'), 'utf8')).toBe(
      await readFile(join(dataDir, 'secret.key'), 'utf8'),
    );
    expect((await stat(join(folder, 'secret.key'))).mode & 0o777).toBe(0o600);
    const database = await readFile(join(folder, 'greenroom.db'));
    expect(database.includes((await readFile(join(folder, 'secret.key'), 'utf8')).trim())).toBe(false);
    const second = await startBinary({ dataDir: folder });
    try {
      const me = await fetch(`${second.url}/api/v1/auth/me`, { headers: { cookie: client.cookie } });
      expect(me.status).toBe(200);
    } finally {
      await second.stop();
    }
  });

  test('leaves nothing behind on a full disk, and the key of the settings stays out of a backup', async () => {
    const folder = place('tight');
    await mkdir(folder);
    const script =
      'mount -t tmpfs -o size=300k none "$1"; shift; "$@"; code=$?; ls -A "$DATA_DIR"; exit $code';
    const before = ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', folder];
    const { code, out, err } = await greenroom(folder, ['restore', backup], { before });
    expect([code, out, err]).toEqual([1, 'greenroom.lock\n', expect.stringContaining('not enough space')]);
    const file = join(backups, 'settings.db');
    const environment = { SECRET_KEY: 's'.repeat(40) };
    const refused = await greenroom(dataDir, ['backup', file, '--with-key'], { environment });
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('comes from the settings')]);
    expect(await readdir(backups)).not.toContain('settings.db');
  });

  test('refuses what is damaged, cut off, foreign or not there, and makes no folder', async () => {
    const whole = await readFile(backup);
    const cases: [string, Uint8Array, string][] = [
      ['cut.db', whole.subarray(0, Math.floor(whole.length / 2)), 'damaged or not whole'],
      ['short.db', whole.subarray(0, 50), 'damaged or not whole'],
      ['empty.db', new Uint8Array(), 'not a database of Greenroom'],
      ['text.db', new TextEncoder().encode('not at all '.repeat(500)), 'not a database of Greenroom'],
      ['longer.db', Buffer.concat([whole, Buffer.from('x')]), 'damaged or not whole'],
      // Within somebody's output, where no structure would tell.
      ['flipped.db', flipped(whole, whole.indexOf(Buffer.from('ä'.repeat(100)))), 'damaged or not whole'],
      ['middle.db', flipped(whole, Math.floor(whole.length / 2)), 'damaged or not whole'],
    ];
    for (const [name, bytes, sentence] of cases) {
      await writeFile(join(backups, name), bytes);
      await refusedWith(['restore', join(backups, name)], sentence, place('never'));
    }
    await refusedWith(['restore', join(backups, 'none.db')], 'there is no such file', place('never'));
    await refusedWith(['restore', backups], 'not an ordinary file', place('never'));
    await refusedWith(
      ['restore', join(dataDir, 'greenroom.lock')],
      'not a database of Greenroom',
      place('never'),
    );
    expect(await readdir(root)).not.toContain('never');
  });

  test('refuses what a newer version wrote', async () => {
    for (const [name, sql] of [
      ['step.db', 'INSERT INTO migrations VALUES (999, 1)'],
      ['machine.db', 'UPDATE records SET machine_version = 99'],
      ['unknown.db', "UPDATE records SET machine = 'dreaming'"],
    ] as const) {
      const file = join(backups, name);
      await copyDatabase(backup, file);
      const connection = openConnection(file);
      connection.script(sql);
      connection.script('DROP TABLE backup');
      connection.close();
      await refusedWith(['restore', file], 'newer version', place('never'));
    }
    expect(await readdir(root)).not.toContain('never');
  });

  test('leaves the old database as it was when the backup is refused', async () => {
    const folder = place('untouched');
    expect((await greenroom(folder, ['restore', backup])).code).toBe(0);
    const was = await readFile(join(folder, 'greenroom.db'));
    await refusedWith(['restore', join(backups, 'cut.db'), '--force'], 'damaged', folder);
    expect(Buffer.compare(await readFile(join(folder, 'greenroom.db')), was)).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(['greenroom.db', 'greenroom.lock']);
  });
});

function flipped(whole: Buffer, at: number): Buffer {
  expect(at).toBeGreaterThan(0);
  const copy = Buffer.from(whole);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}
