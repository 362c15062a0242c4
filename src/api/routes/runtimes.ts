// What may be run here, and scripts to begin with.
import { Elysia } from 'elysia';
import { exampleScriptsFor } from '#src/app/example-scripts.ts';
import { resourceLimits } from '#src/app/runtimes.ts';
import type { RouteModule } from '../context.ts';
import { errors } from '../contract/answers.ts';
import { exampleScripts, resourceLimitsResponse } from '../contract/executions.ts';

export const runtimeRoutes: RouteModule = ({ services }) => {
  const { policy, runtimes } = services.runs;
  return new Elysia({ tags: ['executions'] })
    .get(
      '/k8s-limits',
      async () => {
        const limits = resourceLimits(policy(), await runtimes());
        return {
          cpu_limit: limits.cpuLimit,
          memory_limit: limits.memoryLimit,
          cpu_request: limits.cpuRequest,
          memory_request: limits.memoryRequest,
          execution_timeout: limits.timeoutSeconds,
          supported_runtimes: Object.fromEntries(
            Object.entries(limits.runtimes).map(([language, { versions, fileExtension }]) => [
              language,
              { versions, file_ext: fileExtension },
            ]),
          ),
        };
      },
      { response: { 200: resourceLimitsResponse, ...errors() } },
    )
    .get('/example-scripts', async () => ({ scripts: exampleScriptsFor(await runtimes()) }), {
      response: { 200: exampleScripts, ...errors() },
    });
};
