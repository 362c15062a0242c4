// A backup of a server: one file, whole, for its owner alone; where it cannot be made, a sentence and nothing half made.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFolder } from '#src/adapters/embedded/lock.ts';
import { binaryPath } from '#tests/support/binary.ts';
import { greenroom } from '#tests/support/command.ts';
import { untilGiven } from '#tests/support/until.ts';
import { type BackedUp, backedUp, refusedWith } from './backed-up.ts';

setDefaultTimeout(60_000);
let made: BackedUp;
beforeAll(async () => {
  made = await backedUp();
}, 60_000);
afterAll(() => made.remove());

describe('backup', () => {
  test('writes one file for its owner alone, and nothing beside it', async () => {
    expect(await readdir(made.backups)).toEqual(['first.db']);
    expect((await stat(made.backup)).mode & 0o777).toBe(0o600);
  });

  test('tells what is in it, and that the key is not', async () => {
    const { out } = await greenroom(made.dataDir, ['backup', join(made.backups, 'told.db')]);
    expect(out).toMatch(/execution records: \d+, of which \d+ unfinished/);
    expect(out).toMatch(/frames of output: \d+/);
    expect(out).toMatch(/documents: .*users 1/);
    expect(out).toContain('The secret key is not in it');
    const key = (await readFile(join(made.dataDir, 'secret.key'), 'utf8')).trim();
    expect((await readFile(join(made.backups, 'told.db'))).includes(key)).toBe(false);
  });

  test('replaces a file only when it is told to', async () => {
    const file = join(made.backups, 'there.db');
    await writeFile(file, 'mine');
    await refusedWith(made.dataDir, ['backup', file], 'is there already');
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect((await greenroom(made.dataDir, ['backup', file, '--force'])).code).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('refuses bad places with a sentence and leaves nothing there', async () => {
    const folder = made.place('full');
    await mkdir(folder);
    await symlink(made.backup, join(folder, 'link.db'));
    await refusedWith(
      made.dataDir,
      ['backup', join(folder, 'none', 'x.db')],
      'there is no such file or folder',
    );
    await refusedWith(made.dataDir, ['backup', join(made.backup, 'x.db')], 'is not a folder');
    await refusedWith(made.dataDir, ['backup', folder, '--force'], 'is that of a folder');
    await refusedWith(made.dataDir, ['backup', join(folder, 'link.db'), '--force'], 'not an ordinary file');
    await refusedWith(
      made.dataDir,
      ['backup', join(made.dataDir, 'greenroom.db'), '--force'],
      'does not belong in the data folder',
    );
    await refusedWith(
      made.dataDir,
      ['backup', join(made.dataDir, 'runtime', 'x.db')],
      'does not belong in the data folder',
    );
    await refusedWith(made.dataDir, ['backup', join(folder, 'x'.repeat(256))], 'too long');
    await refusedWith(made.place('nowhere'), ['backup', join(folder, 'x.db')], 'no database to copy');
    await refusedWith(made.dataDir, ['backup'], 'needs the name of a file', 2);
    await refusedWith(made.dataDir, ['backup', 'a', 'b'], 'one file at a time', 2);
    expect(await readdir(folder)).toEqual(['link.db']);
    expect(await readdir(made.place(''))).not.toContain('nowhere');
  });

  test('says that the disk is full and leaves nothing on it', async () => {
    const folder = made.place('small');
    await mkdir(folder);
    const script = 'mount -t tmpfs -o size=64k none "$1"; shift; "$@"; code=$?; ls -A "$DISK"; exit $code';
    const before = ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', folder];
    const { code, out, err } = await greenroom(made.dataDir, ['backup', join(folder, 'x.db')], {
      before,
      environment: { DISK: folder },
    });
    expect([code, out, err]).toEqual([1, '', expect.stringContaining('not enough space')]);
  });

  test('told to stop in the middle, it leaves a whole backup or nothing', async () => {
    const folder = made.place('stopped');
    await mkdir(folder);
    const child = Bun.spawn([binaryPath, 'backup', join(folder, 'x.db')], {
      env: { PATH: process.env.PATH, DATA_DIR: made.dataDir },
      cwd: '/',
      stdout: 'ignore',
      stderr: 'pipe',
    });
    await untilGiven('the copy has begun', async () => ((await readdir(folder)).length > 0 ? true : null));
    child.kill('SIGTERM');
    const code = await child.exited;
    expect([code, await readdir(folder)]).toEqual(code === 0 ? [0, ['x.db']] : [1, []]);
    if (code === 1) expect(await new Response(child.stderr).text()).toContain('Stopped before its end');
  });

  test('works on a folder that no server uses, and not beside another command', async () => {
    const folder = made.place('alone');
    expect((await greenroom(folder, ['restore', made.backup])).code).toBe(0);
    expect((await greenroom(folder, ['backup', join(made.backups, 'alone.db')])).code).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(['greenroom.db', 'greenroom.lock']);
    const lock = await lockFolder(folder);
    try {
      await refusedWith(folder, ['backup', join(made.backups, 'other.db')], 'Another process is using');
    } finally {
      lock.release();
    }
    expect(await readdir(made.backups)).not.toContain('other.db');
  });
});
