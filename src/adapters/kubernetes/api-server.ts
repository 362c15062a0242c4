// The one way to the API server: requests through Bun's fetch, which takes the certificates that the library's own HTTP would lose
// under Bun. Each request has a deadline of ours; what may pass is tried again, within a bound.
import { isUnavailable, unavailable } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import { type Circuit, circuit } from './circuit.ts';
import type { Cluster } from './cluster.ts';
import { isPassing, Refusal, refusalOf } from './failures.ts';
import { pause } from './pause.ts';

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** From `/api` on. */
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  /** Of the body; JSON by default. */
  contentType?: string;
}

export interface ApiServer {
  cluster: Cluster;
  /**
   * The answer's JSON. Every request must bear repetition.
   * @throws Refusal for what the server refuses; unavailable when it does not answer, and its outcome is unknown
   */
  ask<Answer>(request: ApiRequest): Promise<Answer>;
  /** A GET whose body is read as it comes, without a deadline for its end. */
  read(
    request: Omit<ApiRequest, 'method' | 'body'>,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>>;
  isUp(): boolean;
}

const deadlineMs = 5_000;
/** Before the second try and the third. */
const pausesMs = [100, 500];
/** A server that wants to be left alone for longer is left alone: whoever asked comes again. */
const patienceMs = 2_000;

/** Waited for long enough: not tried again here. */
class Overdue extends Error {
  override readonly name = 'Overdue';
}

function againAfterMs(error: unknown, pauseMs: number): number | null {
  if (isUnavailable(error)) {
    return error instanceof Error && error.cause instanceof Overdue ? null : pauseMs;
  }
  if (!(error instanceof Refusal) || !isPassing(error)) return null;
  const askedMs = error.retryAfterMs ?? 0;
  return askedMs > patienceMs ? null : Math.max(pauseMs, askedMs);
}

export function apiServer(cluster: Cluster, clock: Clock): ApiServer {
  const breaker = circuit(clock);

  async function ask<Answer>(request: ApiRequest): Promise<Answer> {
    for (const pauseMs of pausesMs) {
      try {
        return await once<Answer>(request);
      } catch (error) {
        const waitMs = againAfterMs(error, pauseMs);
        if (waitMs === null) throw error;
        await pause(clock, waitMs);
      }
    }
    return once<Answer>(request);
  }

  async function once<Answer>(request: ApiRequest): Promise<Answer> {
    breaker.pass();
    return guarded(breaker, null, async () => {
      const { signal, done } = deadline(clock);
      try {
        const response = await send(cluster, request, signal);
        return (await response.json()) as Answer;
      } finally {
        done();
      }
    });
  }

  async function read(
    request: Omit<ApiRequest, 'method' | 'body'>,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    breaker.pass();
    const head = deadline(clock);
    return guarded(breaker, signal, async () => {
      try {
        const whole = AbortSignal.any([signal, head.signal]);
        const { body } = await send(cluster, { ...request, method: 'GET' }, whole);
        if (body === null) throw new Error('the API server answered without a body');
        return body;
      } finally {
        head.done();
      }
    });
  }

  return { cluster, ask, read, isUp: breaker.isUp };
}

/** @param signal of whoever asks: what they abort says nothing about the server */
async function guarded<Answer>(
  breaker: Circuit,
  signal: AbortSignal | null,
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    const answer = await work();
    breaker.answered();
    return answer;
  } catch (error) {
    if (error instanceof Refusal) {
      // An answer all the same.
      if (error.code < 500) breaker.answered();
      throw error;
    }
    if (signal?.aborted !== true) breaker.failed();
    throw unavailable(`kubernetes: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

async function send(cluster: Cluster, request: ApiRequest, signal: AbortSignal): Promise<Response> {
  const { method, body, contentType = 'application/json' } = request;
  const { headers, tls } = await cluster.credentials();
  const options: BunFetchRequestInit = {
    method,
    headers: {
      Accept: 'application/json',
      ...(body === undefined ? {} : { 'Content-Type': contentType }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
    tls,
    redirect: 'error',
    // Bun's own would cut a quiet watch.
    timeout: false,
  };
  const response = await fetch(urlOf(cluster.server, request), options);
  if (response.ok) return response;
  throw refusalOf(response.status, await response.text(), response.headers.get('retry-after'));
}

export function urlOf(server: string, { path, query = {} }: Pick<ApiRequest, 'path' | 'query'>): string {
  const url = new URL(server + path);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

function deadline(clock: Clock): { signal: AbortSignal; done(): void } {
  const control = new AbortController();
  const cancel = clock.after(deadlineMs, () => {
    control.abort(new Overdue(`no answer within ${deadlineMs} ms`));
  });
  return { signal: control.signal, done: cancel };
}
