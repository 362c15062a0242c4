// What a folder restored from a backup holds: every run ends, nothing is changed that had ended; and what is refused.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyDatabase } from '#src/adapters/embedded/backup-file.ts';
import { openConnection } from '#src/adapters/embedded/database.ts';
import { inspectDatabase } from '#src/adapters/embedded/inspection.ts';
import { adminAccount, startBinary } from '#tests/support/binary.ts';
import { adminClient, login } from '#tests/support/client.ts';
import { greenroom } from '#tests/support/command.ts';
import {
  type BackedUp,
  backedUp,
  finals,
  refusedWith,
  runEnds,
  runView,
  shown,
  submit,
} from './backed-up.ts';

setDefaultTimeout(60_000);
let made: BackedUp;
beforeAll(async () => {
  made = await backedUp();
}, 60_000);
afterAll(() => made.remove());

describe('restore', () => {
  test('never works beside a running server', () =>
    refusedWith(
      made.dataDir,
      ['restore', made.backup, '--force'],
      'Another process is using this data folder',
    ));

  test('ends every run that was in the copy, and keeps what had ended byte for byte', async () => {
    const folder = made.place('restored');
    const restored = await greenroom(folder, ['restore', made.backup]);
    expect(restored).toMatchObject({ code: 0, err: '' });
    expect(restored.out).toMatch(/Unfinished runs ended as lost: [1-9]/);
    expect((await stat(join(folder, 'greenroom.db'))).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(['greenroom.db', 'greenroom.lock']);

    const second = await startBinary({ dataDir: folder });
    try {
      const admin = await login(second.url, adminAccount.username, adminAccount.password);
      for (const [id, was] of made.ended) expect([id, await shown(admin, id)]).toEqual([id, was]);
      const known = (await Promise.all(made.submitted.map((id) => runView(admin, id)))).filter(
        ({ execution_id: id }) => id !== undefined,
      );
      expect(known.length).toBeGreaterThan(0);
      for (const { status } of known) expect(finals).toContain(status);
      const { long } = made;
      const lost = await runView(admin, long);
      expect(lost.termination).toMatchObject({
        reason: 'lost',
        message: expect.stringContaining('restored from a backup'),
      });
      expect((await shown(admin, long)).output).toBe('begun\n');
      // A follower is told all of it, to the end.
      const told = await (await admin.get(`/executions/${long}/stream`)).text();
      expect(told).toContain('begun');
      expect(told).toContain('restored from a backup');
      await (await admin.get(`/events/executions/${long}`)).text();
      // Every slot is free again: as many runs as there are slots end.
      const fresh = await Promise.all(
        Array.from({ length: 10 }, (_, index) => submit(admin, `print(${index})`)),
      );
      for (const id of fresh) expect((await runEnds(admin, id)).status).toBe('completed');
      const events = await (await admin.get(`/executions/${long}/events?limit=1000`)).json();
      const types = (events as { event_type: string }[]).map(({ event_type: type }) => type);
      expect(types.filter((type) => type === 'execution_failed')).toHaveLength(1);
    } finally {
      expect(await second.stop()).toBe(0);
    }
  });

  test('refuses a folder that has a database, and with --force keeps the old one beside', async () => {
    const folder = made.place('twice');
    expect((await greenroom(folder, ['restore', made.backup])).code).toBe(0);
    await refusedWith(folder, ['restore', made.backup], 'holds a database already');
    const again = await greenroom(folder, ['restore', made.backup, '--force']);
    expect(again.code).toBe(0);
    const old = (await readdir(folder)).find((name) => name.includes('.before-restore-')) ?? '';
    expect(again.out).toContain(old);
    // What was kept is a database that can be restored itself.
    const back = await greenroom(made.place('back'), ['restore', join(folder, old)]);
    expect([back.code, back.err]).toEqual([0, '']);
    expect(back.out).toContain('Unfinished runs ended as lost: 0');
  });

  test('keeps of the old database also what a killed server had only in its log, and one that is damaged', async () => {
    const folder = made.place('killed');
    const killed = await startBinary({ dataDir: folder });
    await submit(await adminClient(killed), "print('in the log')");
    await killed.stop('SIGKILL');
    expect((await stat(join(folder, 'greenroom.db-wal'))).size).toBeGreaterThan(0);
    expect((await greenroom(folder, ['restore', made.backup, '--force'])).code).toBe(0);
    const kept = (await readdir(folder)).filter((name) => name.includes('.before-restore-'));
    expect(kept).toHaveLength(1);
    const { records } = await inspectDatabase(join(folder, kept[0] ?? ''));
    expect(records).toMatchObject([{ machine: 'execution', count: 1 }]);

    await truncate(join(folder, 'greenroom.db'), 20_000);
    expect((await greenroom(folder, ['restore', made.backup, '--force'])).code).toBe(0);
    const sizes = await Promise.all(
      (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
    );
    expect(sizes).toContain(20_000);
    expect((await inspectDatabase(join(folder, 'greenroom.db'))).records[0]?.unfinished).toBe(0);
  });

  test('lets unfinished runs go on when it is told to', async () => {
    const folder = made.place('kept');
    const restored = await greenroom(folder, ['restore', made.backup, '--keep-unfinished']);
    expect(restored.code).toBe(0);
    expect(restored.out).toContain('go on at the next start');
    const again = await greenroom(folder, ['backup', join(made.backups, 'kept.db')]);
    expect(again.out).toMatch(/of which [1-9]\d* unfinished/);
  });

  test('brings the key back that a backup was told to hold, and sessions with it', async () => {
    const file = join(made.backups, 'key.db');
    const { out } = await greenroom(made.dataDir, ['backup', file, '--with-key']);
    expect(out).toContain('whoever reads this file');
    const folder = made.place('key');
    expect((await greenroom(folder, ['restore', file])).out).toContain('The secret key was restored');
    expect(await readFile(join(folder, 'secret.key'), 'utf8')).toBe(
      await readFile(join(made.dataDir, 'secret.key'), 'utf8'),
    );
    expect((await stat(join(folder, 'secret.key'))).mode & 0o777).toBe(0o600);
    const database = await readFile(join(folder, 'greenroom.db'));
    expect(database.includes((await readFile(join(folder, 'secret.key'), 'utf8')).trim())).toBe(false);
    const second = await startBinary({ dataDir: folder });
    try {
      const me = await fetch(`${second.url}/api/v1/auth/me`, { headers: { cookie: made.client.cookie } });
      expect(me.status).toBe(200);
    } finally {
      await second.stop();
    }
  });

  test('leaves nothing behind on a full disk, and the key of the settings stays out of a backup', async () => {
    const folder = made.place('tight');
    await mkdir(folder);
    const script =
      'mount -t tmpfs -o size=300k none "$1"; shift; "$@"; code=$?; ls -A "$DATA_DIR"; exit $code';
    const before = ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', folder];
    const { code, out, err } = await greenroom(folder, ['restore', made.backup], { before });
    expect([code, out, err]).toEqual([1, 'greenroom.lock\n', expect.stringContaining('not enough space')]);
    const file = join(made.backups, 'settings.db');
    const environment = { SECRET_KEY: 's'.repeat(40) };
    const refused = await greenroom(made.dataDir, ['backup', file, '--with-key'], { environment });
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('comes from the settings')]);
    expect(await readdir(made.backups)).not.toContain('settings.db');
  });

  test('refuses what is damaged, cut off, foreign or not there, and makes no folder', async () => {
    const whole = await readFile(made.backup);
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
      await writeFile(join(made.backups, name), bytes);
      await refusedWith(made.place('never'), ['restore', join(made.backups, name)], sentence);
    }
    await refusedWith(
      made.place('never'),
      ['restore', join(made.backups, 'none.db')],
      'there is no such file',
    );
    await refusedWith(made.place('never'), ['restore', made.backups], 'not an ordinary file');
    await refusedWith(
      made.place('never'),
      ['restore', join(made.dataDir, 'greenroom.lock')],
      'not a database of Greenroom',
    );
    expect(await readdir(made.place(''))).not.toContain('never');
  });

  test('refuses what a newer version wrote', async () => {
    for (const [name, sql] of [
      ['step.db', 'INSERT INTO migrations VALUES (999, 1)'],
      ['machine.db', 'UPDATE records SET machine_version = 99'],
      ['unknown.db', "UPDATE records SET machine = 'dreaming'"],
    ] as const) {
      const file = join(made.backups, name);
      await copyDatabase(made.backup, file);
      const connection = openConnection(file);
      connection.script(sql);
      connection.script('DROP TABLE backup');
      connection.close();
      await refusedWith(made.place('never'), ['restore', file], 'newer version');
    }
    expect(await readdir(made.place(''))).not.toContain('never');
  });

  test('leaves the old database as it was when the backup is refused', async () => {
    const folder = made.place('untouched');
    expect((await greenroom(folder, ['restore', made.backup])).code).toBe(0);
    const was = await readFile(join(folder, 'greenroom.db'));
    await refusedWith(folder, ['restore', join(made.backups, 'cut.db'), '--force'], 'damaged');
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
