// What a run wrote, as bytes. Nothing of it is ever active content here: it is a download, in a sandbox without an origin,
// and never of a type that it does not claim.
import { Elysia } from 'elysia';
import { byteRange } from '#src/app/executions/byte-range.ts';
import { openArtifact, openOutput } from '#src/app/executions/output.ts';
import { isPlainPicture } from '#src/domain/content-types.ts';
import { byteBody } from '../byte-body.ts';
import type { RouteModule } from '../context.ts';
import { errors } from '../contract/answers.ts';
import { artifactParams, executionParams, outputQuery } from '../contract/executions.ts';
import { type Failure, responseOf } from '../errors.ts';
import { requireUser } from '../plugins/auth.ts';

const detail = { answer: 'application/octet-stream' };
const inert = { 'content-security-policy': "sandbox; default-src 'none'" };

export const executionByteRoutes: RouteModule = (context) => {
  const { runs } = context.services;
  return new Elysia({ prefix: '/executions', tags: ['executions'] })
    .use(requireUser(context))
    .get(
      '/:execution_id/output',
      async ({ params, query, request, caller, set }) => {
        const { stream = 'stdout' } = query;
        const offset = Number(query.offset ?? 0);
        const source = await openOutput(runs, caller, params.execution_id, stream, offset);
        Object.assign(set.headers, inert, {
          'content-type': 'application/octet-stream',
          'content-disposition': `attachment; filename="${stream}.txt"`,
          'accept-ranges': 'bytes',
        });
        const header = request.headers.get('range');
        if (header === null) return new Response(byteBody(source.bytes(0)));
        const size = await source.size();
        const range = byteRange(header, size);
        if (range.kind === 'all') return new Response(byteBody(source.bytes(0, size)));
        if (range.kind === 'unsatisfiable') {
          set.headers['content-type'] = 'application/json';
          delete set.headers['content-disposition'];
          return responseOf(unsatisfiable(size));
        }
        const { start, end } = range;
        return new Response(byteBody(source.bytes(start, end)), {
          status: 206,
          headers: {
            'content-range': `bytes ${start}-${end - 1}/${size}`,
            'content-length': String(end - start),
          },
        });
      },
      { params: executionParams, query: outputQuery, detail, response: errors(404, 416) },
    )
    .get(
      '/:execution_id/artifacts/:name',
      async ({ params, caller, set }) => {
        const file = await openArtifact(runs, caller, params.execution_id, params.name);
        const way = isPlainPicture(file.contentType) ? 'inline' : 'attachment';
        Object.assign(set.headers, inert, {
          'content-type': file.contentType,
          'content-disposition': `${way}; filename*=UTF-8''${quoted(file.name)}`,
          'content-length': String(file.sizeBytes),
        });
        return new Response(byteBody(file.bytes));
      },
      { params: artifactParams, detail, response: errors(404) },
    );
};

const unsatisfiable = (size: number): Failure => ({
  status: 416,
  body: { detail: 'The range lies outside of what there is', type: 'RangeNotSatisfiableError' },
  headers: { 'content-range': `bytes */${size}` },
});

/** As RFC 8187 wants it: everything but letters, digits and a few marks as bytes in hexadecimal. */
const quoted = (name: string): string =>
  encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*!]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
