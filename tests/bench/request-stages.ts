// Where the time of a request goes that is ours: each stage alone, again and again, in processor time of the main thread.
import { createPipeline } from '#src/api/pipeline.ts';
import { createLife } from '#src/api/plugins/life.ts';
import { listRuns } from '#src/app/executions/list.ts';
import { readExecution } from '#src/app/executions/view.ts';
import type { Caller } from '#src/domain/access.ts';
import type { ApiServer } from './api-server.ts';

export async function requestStages(
  { deps, api, people, runs }: ApiServer,
  times: number,
): Promise<string[]> {
  const [person] = people;
  const [run] = runs;
  if (person === undefined || run === undefined) throw new Error('somebody with a run must be there');
  const { services } = api;
  const life = createLife(deps.ports.clock, false);
  const pipelines = [false, true].map((limitsEnabled) =>
    createPipeline({ ...deps, settings: { ...deps.settings, limitsEnabled } }, services, life),
  );
  const [unlimited, limited] = pipelines;
  if (unlimited === undefined || limited === undefined) throw new Error('two pipelines were made');
  const url = `http://localhost/api/v1/executions/${run}`;
  const asking = (headers: Record<string, string>) => new Request(url, { headers });
  const ready = () => Response.json({});
  const answering = (pipeline: typeof limited, headers: Record<string, string>) => () =>
    pipeline.answer(asking(headers), () => '127.0.0.1', ready);
  const caller: Caller = { userId: person.userId, role: 'user', sessionId: 'bench', scopes: ['read', 'run'] };
  const query = { status: null, language: null, from: null, to: null, search: null, limit: 50, skip: 0 };

  const request = await microseconds(times, async () => [asking(person.headers), ready()]);
  // As many headers, none of which says who asks.
  const unknown = Object.fromEntries(
    Object.values(person.headers).map((value, n) => [`x-other-${n}`, value]),
  );
  const guest = await microseconds(times, answering(unlimited, unknown));
  const session = await microseconds(times, answering(unlimited, person.headers));
  const withLimit = await microseconds(times, answering(limited, person.headers));
  const one = await microseconds(times, () => readExecution(services.runs, caller, run));
  const list = await microseconds(Math.ceil(times / 10), () => listRuns(services.runs, caller, query));
  const stages: readonly [string, number][] = [
    ['address, id, headers and log line', guest - request],
    ['session and its user', session - guest],
    ['request limit', withLimit - session],
    ['reading one run from the store', one],
    ['reading fifty runs from the store', list],
  ];
  const told = stages.map(([name, took]) => `${name} ${took.toFixed(1)} µs`);
  return [`where our part of a request goes, each alone: ${told.join(', ')}`];
}

async function microseconds(times: number, task: () => Promise<unknown>): Promise<number> {
  for (let round = 0; round < times / 2; round += 1) await task();
  const used = process.threadCpuUsage();
  for (let round = 0; round < times; round += 1) await task();
  const { user, system } = process.threadCpuUsage(used);
  return (user + system) / times;
}
