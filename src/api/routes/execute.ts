// Running a script.

import type { Static } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { execute } from '#src/app/executions/execute.ts';
import type { RunRequest } from '#src/app/executions/request.ts';
import { defaultLanguage, defaultVersion } from '#src/app/runtimes.ts';
import type { RouteModule } from '../context.ts';
import { errors } from '../contract/answers.ts';
import { executionRequest, executionResponse, idempotencyHeaders } from '../contract/executions.ts';
import { requireUser } from '../plugins/auth.ts';

export const executeRoutes: RouteModule = (context) => {
  const { runs } = context.services;
  return new Elysia({ tags: ['executions'] }).use(requireUser(context)).post(
    '/execute',
    async ({ body, headers, caller }) => {
      const key = headers['idempotency-key'] ?? null;
      const { executionId } = await execute(runs, caller, requestOf(body), key);
      return { execution_id: executionId, status: 'queued' as const };
    },
    {
      body: executionRequest,
      headers: idempotencyHeaders,
      response: { 200: executionResponse, ...errors(409) },
    },
  );
};

const requestOf = (body: Static<typeof executionRequest>): RunRequest => ({
  script: body.script,
  language: body.lang ?? defaultLanguage,
  version: body.lang_version ?? defaultVersion,
  stdin: body.stdin ?? null,
  stdinOpen: body.stdin_open ?? false,
  args: body.args ?? [],
  files: (body.files ?? []).map(({ path, content, encoding = 'utf-8' }) => ({ path, content, encoding })),
  env: body.env ?? {},
  limits: limitsOf(body.limits ?? {}),
  priority: body.priority ?? 'normal',
});

const limitsOf = ({
  timeout_seconds: timeoutSeconds,
  memory,
  cpu,
}: NonNullable<Static<typeof executionRequest>['limits']>): RunRequest['limits'] => ({
  ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  ...(memory !== undefined && { memory }),
  ...(cpu !== undefined && { cpu }),
});
