// The answer to whoever only asks whether this process lives. It is asked for again and again, by nobody: there is no one to find out,
// nothing to count and nothing to log, so it is given before all that.
import type { Clock } from '#src/ports/clock.ts';
import { setHeaders } from './headers.ts';

export interface LifeView {
  status: string;
  uptime_seconds: number;
  timestamp: string;
}

export interface Life {
  view(): LifeView;
  answer(requestId: string): Response;
}

export const healthPrefix = '/api/v1/health/';
export const lifePath = `${healthPrefix}live`;

/** Counts from now on. @param secure whether this server itself speaks TLS */
export function createLife({ monotonic, now }: Pick<Clock, 'monotonic' | 'now'>, secure: boolean): Life {
  const beganAt = monotonic();
  const prepared = new Headers({ 'content-type': 'application/json;charset=utf-8' });
  setHeaders(prepared, { requestId: '', secure, page: false, cookies: [], limit: null });
  const view = () => ({
    status: 'ok',
    uptime_seconds: Math.floor((monotonic() - beganAt) / 1000),
    timestamp: new Date(now()).toISOString(),
  });
  return {
    view,
    answer(requestId) {
      const headers = new Headers(prepared);
      headers.set('x-request-id', requestId);
      return new Response(JSON.stringify(view()), { headers });
    },
  };
}
