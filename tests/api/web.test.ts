// The web app's files as a browser gets them.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiWorld, apiWorld } from './api-world.ts';

let folder: string;
let world: ApiWorld;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'web-'));
  await writeFile(join(folder, 'page'), '<!doctype html><title>Greenroom</title>');
  await writeFile(join(folder, 'script'), 'export {}');
  world = apiWorld({
    webFiles: new Map([
      ['/index.html', join(folder, 'page')],
      ['/assets/app-4f2a91bc.js', join(folder, 'script')],
      ['/favicon.svg', join(folder, 'script')],
    ]),
  });
});
afterAll(() => rm(folder, { recursive: true }));

const header = (answer: Response, name: string) => answer.headers.get(name);

test('every page that names no file is the one page, asked for again each time', async () => {
  for (const path of ['/', '/editor?execution=7', '/admin/sagas']) {
    const answer = await world.ask('GET', path);
    expect([answer.status, header(answer, 'content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(header(answer, 'cache-control')).toBe('no-cache');
    expect(await answer.text()).toContain('<title>Greenroom</title>');
  }
});

test('the page is not sent again to whoever has it', async () => {
  const etag = header(await world.ask('GET', '/'), 'etag') ?? '';
  const again = await world.ask('GET', '/', { headers: { 'if-none-match': etag } });
  expect([again.status, await again.text()]).toEqual([304, '']);
});

test('a file with a hash in its name is kept for ever', async () => {
  const answer = await world.ask('GET', '/assets/app-4f2a91bc.js');
  expect(header(answer, 'cache-control')).toBe('public, max-age=31536000, immutable');
  expect(header(answer, 'content-type')).toBe('text/javascript; charset=utf-8');
  expect(header(await world.ask('GET', '/favicon.svg'), 'cache-control')).toBe('no-cache');
});

test('a file that is missing is 404, never a page', async () => {
  for (const path of ['/assets/app-00000000.js', '/robots.txt', '/../package.json', '/assets/'])
    expect((await world.ask('GET', path)).status).toBe(404);
});

test('HEAD tells the size and sends nothing', async () => {
  const answer = await world.ask('HEAD', '/');
  expect([answer.status, header(answer, 'content-length'), await answer.text()]).toEqual([200, '39', '']);
});

test('pages take no other method', async () => {
  expect((await world.ask('POST', '/editor', { body: {} })).status).toBe(404);
});
