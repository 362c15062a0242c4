// A run while it happens, as server-sent events: ours, which may be taken up anywhere, and the original's.
import { Elysia } from 'elysia';
import { executionEvents } from '#src/app/executions/event-stream.ts';
import { readableRun } from '#src/app/executions/stored.ts';
import { runStream, streamStart } from '#src/app/executions/stream.ts';
import { parsePosition } from '#src/app/executions/stream-position.ts';
import type { RouteModule } from '../context.ts';
import { errors } from '../contract/answers.ts';
import { executionParams as params } from '../contract/executions.ts';
import { requireUser } from '../plugins/auth.ts';

const detail = { answer: 'text/event-stream' };

export const streamRoutes: RouteModule = (context) => {
  const { runs } = context.services;
  const { records } = context.deps.ports;
  return new Elysia({ tags: ['executions'] })
    .use(requireUser(context))
    .get(
      '/executions/:execution_id/stream',
      async ({ params: { execution_id: id }, request, server, caller }) => {
        const record = await readableRun(records, caller, id);
        const last = parsePosition(request.headers.get('last-event-id') ?? '');
        const start = await streamStart(runs, record, last);
        // Tells a browser not to come again.
        if (start.kind === 'over') return new Response(null, { status: 204 });
        const produce = (signal: AbortSignal) => runStream(runs, id, start.position, signal);
        return context.streams.open({ request, server, produce });
      },
      { params, detail, response: errors(404) },
    )
    .get(
      '/events/executions/:execution_id',
      async ({ params: { execution_id: id }, request, server, caller }) => {
        await readableRun(records, caller, id);
        const produce = (signal: AbortSignal) => unnamed(executionEvents(runs, id, signal));
        return context.streams.open({ request, server, produce });
      },
      { params, detail, response: errors(404) },
    );
};

async function* unnamed(frames: AsyncIterable<object>): AsyncGenerator<{ data: object }> {
  for await (const data of frames) yield { data };
}
