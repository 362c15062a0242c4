// The web app: files built beforehand, chosen from a fixed list, so that no path of a request ever reaches a disk.
// Files with a hash in their name never change; index.html answers every other page and is always asked for again.
import { notFound, responseOf } from '../errors.ts';

export type WebResponder = (request: Request, path: string) => Response | Promise<Response>;

const index = '/index.html';

export function createWeb(files: ReadonlyMap<string, string>): WebResponder {
  const tags = new Map<string, Promise<string>>();

  function tagOf(path: string, file: string): Promise<string> {
    const known = tags.get(path);
    if (known !== undefined) return known;
    const tag = digestOf(file);
    tags.set(path, tag);
    return tag;
  }

  async function answer(request: Request, path: string, file: string): Promise<Response> {
    const etag = await tagOf(path, file);
    const headers = {
      etag,
      'cache-control': isHashed(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      'content-type': contentTypeOf(path),
    };
    if (request.headers.get('if-none-match')?.includes(etag) === true)
      return new Response(null, { status: 304, headers });
    const blob = Bun.file(file);
    if (request.method !== 'HEAD') return new Response(blob, { headers });
    return new Response(null, { headers: { ...headers, 'content-length': String(blob.size) } });
  }

  return (request, path) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return responseOf(notFound);
    const file = files.get(path);
    if (file !== undefined) return answer(request, path, file);
    const page = files.get(index);
    return page === undefined || isFileLike(path) ? responseOf(notFound) : answer(request, index, page);
  };
}

const isHashed = (path: string): boolean => /[-.][0-9A-Za-z_-]{8,}\.[a-z0-9]+$/.test(path);

/** A path that names a file is never answered with a page: a script that is missing must not parse as HTML. */
const isFileLike = (path: string): boolean =>
  path.startsWith('/assets/') || /\.[A-Za-z0-9]{1,8}$/.test(path.slice(path.lastIndexOf('/') + 1));

const contentTypes: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  webmanifest: 'application/manifest+json',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  txt: 'text/plain; charset=utf-8',
};

const contentTypeOf = (path: string): string =>
  contentTypes[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';

async function digestOf(file: string): Promise<string> {
  const hash = new Bun.CryptoHasher('sha256').update(await Bun.file(file).arrayBuffer());
  return `"${hash.digest('base64url').slice(0, 22)}"`;
}
