// An API server in small, with one node that starts every pod after a moment: what our adapter asks of the real one, and the ways in
// which it fails that a real one only shows when it is broken.
import type { PodObject } from '#src/adapters/kubernetes/objects.ts';
import { realClock } from '#tests/adapters/local/test-clock.ts';

type Json = Record<string, unknown>;

export interface FakeApiServer {
  url: string;
  /** By name, as they are. */
  pods: Map<string, PodObject>;
  requests: string[];
  /** Answers instead of the server, for as long as it returns one. */
  interfere: (request: Request) => Response | null | Promise<Response | null>;
  /** Writes a status, as a node does. */
  setStatus(name: string, status: PodObject['status']): void;
  /** Ends every watch, as the server does all the time. */
  endWatches(): void;
  /** Every version that was told so far is too old to go on from. */
  forgetHistory(): void;
  /** To everybody who is attached. */
  say(name: string, text: string): void;
  /** What everybody who is attached wrote. */
  heard(name: string): string;
  attached(name: string): number;
  breakAttachments(code?: number): void;
  stop(): Promise<void>;
}

export interface FakeOptions {
  /** Whether the node starts pods by itself. */
  starts?: boolean;
  port?: number;
}

interface Watching {
  controller: ReadableStreamDefaultController<Uint8Array>;
}

export function fakeApiServer({ starts = true, port = 0 }: FakeOptions = {}): FakeApiServer {
  const pods = new Map<string, PodObject>();
  const history: { type: string; object: PodObject; version: number }[] = [];
  const watches = new Set<Watching>();
  const sockets = new Map<string, Set<Bun.ServerWebSocket<{ name: string }>>>();
  const written = new Map<string, string>();
  let version = 1;
  let oldest = 0;

  const bump = (pod: PodObject): PodObject => {
    version += 1;
    return { ...pod, metadata: { ...pod.metadata, resourceVersion: String(version) } };
  };
  const tell = (type: string, object: PodObject): void => {
    history.push({ type, object, version });
    for (const { controller } of watches) controller.enqueue(line({ type, object }));
  };
  const put = (name: string, pod: PodObject, type = 'MODIFIED'): PodObject => {
    const stored = bump(pod);
    pods.set(name, stored);
    tell(type, stored);
    return stored;
  };
  const remove = (name: string): void => {
    const pod = pods.get(name);
    if (!pod) return;
    pods.delete(name);
    for (const socket of sockets.get(name) ?? []) socket.close(1000);
    tell('DELETED', bump(pod));
  };
  const setStatus = (name: string, status: PodObject['status']): void => {
    const pod = pods.get(name);
    if (pod) put(name, { ...pod, ...(status && { status }) });
  };

  function create(pod: PodObject): Response {
    const name = pod.metadata?.name ?? '';
    if (pods.has(name)) return refused(409, 'AlreadyExists', `pods "${name}" already exists`);
    const made = put(
      name,
      {
        ...pod,
        metadata: { ...pod.metadata, uid: crypto.randomUUID(), creationTimestamp: new Date().toISOString() },
        status: { phase: 'Pending' },
      },
      'ADDED',
    );
    if (starts) {
      after(5, () => setStatus(name, { phase: 'Running', startTime: new Date().toISOString() }));
    }
    return Response.json(made, { status: 201 });
  }

  function patch(name: string, operations: { op: string; path: string; value: unknown }[]): Response {
    const pod = pods.get(name);
    if (!pod) return refused(404, 'NotFound', `pods "${name}" not found`);
    const changed = structuredClone(pod) as Json;
    for (const { op, path, value } of operations) {
      const keys = path
        .split('/')
        .slice(1)
        .map((key) => key.replaceAll('~1', '/'));
      const last = keys.pop() ?? '';
      const holder = keys.reduce<Json>((at, key) => at[key] as Json, changed);
      if (op !== 'add' && !(last in holder)) return refused(422, 'Invalid', `no ${path}`);
      if (op === 'test' && holder[last] !== value) return refused(422, 'Invalid', `testing ${path} failed`);
      if (op !== 'test') holder[last] = value;
    }
    return Response.json(put(name, changed as PodObject));
  }

  function destroy(name: string, options: Json): Response {
    const pod = pods.get(name);
    if (!pod) return refused(404, 'NotFound', `pods "${name}" not found`);
    const { uid, resourceVersion } = (options.preconditions ?? {}) as Json;
    if (uid !== undefined && uid !== pod.metadata?.uid) return refused(409, 'Conflict', 'another uid');
    if (resourceVersion !== undefined && resourceVersion !== pod.metadata?.resourceVersion) {
      return refused(409, 'Conflict', 'another version');
    }
    if (Number(options.gracePeriodSeconds) === 0 || !starts) {
      if (Number(options.gracePeriodSeconds) === 0) remove(name);
    } else after(10, () => remove(name));
    const left = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: new Date().toISOString() } };
    return Response.json(pods.has(name) ? put(name, left) : left);
  }

  function list(selector: string): Response {
    const items = [...pods.values()].filter((pod) => fits(pod, selector));
    return Response.json({ kind: 'PodList', metadata: { resourceVersion: String(version) }, items });
  }

  function watch(from: number): Response {
    let watching: Watching | null = null;
    const stream = new ReadableStream<Uint8Array>({
      cancel() {
        if (watching !== null) watches.delete(watching);
      },
      start(controller) {
        if (from < oldest) {
          const object = {
            kind: 'Status',
            code: 410,
            reason: 'Expired',
            message: 'too old resource version',
          };
          controller.enqueue(line({ type: 'ERROR', object }));
          controller.close();
          return;
        }
        for (const event of history) if (event.version > from) controller.enqueue(line(event));
        watching = { controller };
        watches.add(watching);
      },
    });
    return new Response(stream);
  }

  const fake: FakeApiServer = {
    url: '',
    pods,
    requests: [],
    interfere: () => null,
    setStatus,
    endWatches() {
      for (const { controller } of watches) controller.close();
      watches.clear();
    },
    forgetHistory() {
      version += 1;
      oldest = version;
      fake.endWatches();
    },
    say(name, text) {
      const bytes = new Uint8Array([1, ...new TextEncoder().encode(text)]);
      for (const socket of sockets.get(name) ?? []) socket.send(bytes);
    },
    heard: (name) => written.get(name) ?? '',
    attached: (name) => sockets.get(name)?.size ?? 0,
    breakAttachments(code = 1000) {
      for (const all of sockets.values()) for (const socket of all) socket.close(code);
    },
    async stop() {
      fake.endWatches();
      await server.stop(true);
    },
  };

  const server = Bun.serve<{ name: string }>({
    port,
    idleTimeout: 0,
    async fetch(request, self) {
      const url = new URL(request.url);
      fake.requests.push(`${request.method} ${url.pathname}${url.search}`);
      const instead = await fake.interfere(request);
      if (instead !== null) return instead;
      const [, name, part] = /\/pods(?:\/([^/]+))?(?:\/(\w+))?$/.exec(url.pathname) ?? [];
      if (name === undefined) {
        if (request.method === 'POST') return create((await request.json()) as PodObject);
        if (url.searchParams.has('watch')) return watch(Number(url.searchParams.get('resourceVersion')));
        return list(url.searchParams.get('labelSelector') ?? '');
      }
      if (part === 'attach') {
        return self.upgrade(request, { data: { name } })
          ? undefined
          : refused(400, 'BadRequest', 'no websocket');
      }
      if (part === 'log') return new Response(`${written.get(`log:${name}`) ?? ''}`);
      if (request.method === 'PATCH') return patch(name, await request.json());
      if (request.method === 'DELETE') return destroy(name, (await request.json()) as Json);
      const pod = pods.get(name);
      return pod ? Response.json(pod) : refused(404, 'NotFound', `pods "${name}" not found`);
    },
    websocket: {
      open(socket) {
        const { name } = socket.data;
        sockets.set(name, (sockets.get(name) ?? new Set()).add(socket));
      },
      message(socket, message) {
        const bytes = typeof message === 'string' ? new TextEncoder().encode(message) : message;
        if (bytes[0] !== 0) return;
        const { name } = socket.data;
        written.set(name, `${written.get(name) ?? ''}${new TextDecoder().decode(bytes.subarray(1))}`);
      },
      close(socket) {
        sockets.get(socket.data.name)?.delete(socket);
      },
    },
  });
  fake.url = `http://127.0.0.1:${server.port}`;
  return fake;
}

/** As a node takes its time. */
const after = (delayMs: number, call: () => void): void => void realClock.after(delayMs, call);

const line = (event: object): Uint8Array => new TextEncoder().encode(`${JSON.stringify(event)}\n`);

const refused = (code: number, reason: string, message: string): Response =>
  Response.json({ kind: 'Status', status: 'Failure', code, reason, message }, { status: code });

const fits = ({ metadata }: PodObject, selector: string): boolean =>
  selector.split(',').every((term) => {
    const [name = '', value] = term.split('=');
    return metadata?.labels?.[name] === value;
  });
