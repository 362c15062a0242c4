// Requests per second of the routes that are asked most, beside bare Elysia in the same process: once with the answers lying ready
// (a route that stores something stores one row of the same size, as durably), and once around the same use case.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, apiServer, example } from './api-server.ts';
import { type BareCommits, bareCommits } from './bare-commits.ts';
import { bareRoutes } from './bare-routes.ts';
import type { Bench, Figure, Sample } from './bench.ts';
import type { Load, LoadDone } from './http-load.ts';
import { requestStages } from './request-stages.ts';

const connections = 32;
const ready = 'bare Elysia, answer ready';
const stored = 'bare Elysia, one durable row';
const same = 'bare Elysia, same use case';
const beside = (name: string, reference: string): Figure => ({ name, unit: 'per second', reference });
/** What the goal is about. */
const judged = (name: string, reference: string): Figure => ({
  ...beside(name, reference),
  ratioGoal: { least: 0.8 },
});

export const apiRoutes: Bench = {
  title: 'Hot routes of the interface',
  figures: [
    judged('GET /health/live', ready),
    beside('GET /executions/{id}', ready),
    judged('GET /executions/{id}', same),
    beside('GET /user/executions', ready),
    judged('GET /user/executions', same),
    beside('POST /execute', stored),
    judged('POST /execute', same),
  ],
  async open({ smoke }) {
    const times = (count: number): number => (smoke ? connections : count);
    const dataDir = await mkdtemp(join(tmpdir(), 'greenroom-bench-'));
    const commits = await bareCommits(dataDir);
    const server = await apiServer({ people: 1, runs: smoke ? 2 : 50 });
    const client = new Worker(new URL('./http-load.ts', import.meta.url).href);
    const ask = perSecond(client);
    return {
      async round() {
        const reading = await besideBare(server, commits, ask);
        const [headers, id] = [server.people[0]?.headers ?? {}, server.runs[0]];
        const get = (path: string): Asked => ({ line: 'GET', path, headers: [headers], body: '' });
        // A probe says nothing of who it is.
        const probe: Asked = { ...get('/health/live'), headers: [{}] };
        const live = await reading(probe, times(20_000), ['ready']);
        const one = await reading(get(`/executions/${id}`), times(8_000), ['ready', 'same']);
        const list = await reading(get('/user/executions'), times(1_500), ['ready', 'same']);
        reading.stop();
        return [...live, ...one, ...list, ...(await accepting(commits, ask, times(1_000)))];
      },
      notes: () => requestStages(server, smoke ? 20 : 5_000),
      async close() {
        client.terminate();
        await server.close();
        await commits.close();
        await rm(dataDir, { recursive: true });
      },
    };
  },
};

type Ask = (url: string, requests: readonly string[], count: number) => Promise<number>;

interface Asked {
  line: 'GET' | 'POST';
  path: string;
  /** Of each of those who ask. */
  headers: readonly Record<string, string>[];
  body: string;
}

type Compare = ((
  asked: Asked,
  count: number,
  references: readonly ('ready' | 'same')[],
) => Promise<Sample[]>) & { stop(): void };

async function besideBare(server: ApiServer, commits: BareCommits, ask: Ask): Promise<Compare> {
  const bare = await bareRoutes(server, commits);
  const compare = async (
    asked: Asked,
    count: number,
    references: readonly ('ready' | 'same')[],
  ): Promise<Sample[]> => {
    const ours = await ask(server.url, raw(asked, '/api/v1'), count);
    const samples: Sample[] = [];
    for (const reference of references)
      samples.push({ ours, reference: await ask(bare.url, raw(asked, `/${reference}`), count) });
    return samples;
  };
  return Object.assign(compare, { stop: bare.stop });
}

/** On stores of its own: a queue that grew from round to round would be measured as well. */
async function accepting(commits: BareCommits, ask: Ask, count: number): Promise<Sample[]> {
  const server = await apiServer({ people: connections, runs: 0 });
  const compare = await besideBare(server, commits, ask);
  const headers = server.people.map((person) => person.headers);
  const asked: Asked = { line: 'POST', path: '/execute', headers, body: JSON.stringify(example) };
  const samples = await compare(asked, count, ['ready', 'same']);
  compare.stop();
  await server.close();
  return samples;
}

const raw = ({ line, path, headers, body }: Asked, prefix: string): string[] =>
  headers.map((own) => {
    const type = { 'content-type': 'application/json', 'content-length': String(body.length) };
    const all = Object.entries({ host: 'localhost', ...own, ...(body === '' ? {} : type) });
    return [
      `${line} ${prefix}${path} HTTP/1.1`,
      ...all.map(([name, value]) => `${name}: ${value}`),
      '',
      body,
    ].join('\r\n');
  });

const perSecond =
  (client: Worker): Ask =>
  async (url, requests, count) => {
    const { hostname, port } = new URL(url);
    const load: Load = { hostname, port: Number(port), requests, connections, count };
    const { promise, resolve } = Promise.withResolvers<LoadDone>();
    client.onmessage = ({ data }: MessageEvent<LoadDone>) => resolve(data);
    client.postMessage(load);
    const { seconds, fault } = await promise;
    if (fault !== null) throw new Error(fault);
    return count / seconds;
  };
