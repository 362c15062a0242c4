// What a route module is given, and what it is.
import type { AnyElysia } from 'elysia';
import type { ApiDeps, RequestState } from './deps.ts';
import type { Life } from './plugins/life.ts';
import type { Streams } from './plugins/sse.ts';
import type { Services } from './services.ts';

export interface ApiContext {
  deps: ApiDeps;
  services: Services;
  streams: Streams;
  life: Life;
  stateOf(request: Request): RequestState;
}

/** One area of the interface: its routes, below `/api/v1`. */
export type RouteModule = (context: ApiContext) => AnyElysia;
