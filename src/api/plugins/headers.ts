// Headers that every answer carries. No CORS: only this server's own pages call it from a browser.
import type { LimitDecision } from '#src/ports/limiter.ts';

const pagePolicy = [
  "default-src 'self'",
  "script-src 'self'",
  // No inline styles: the editor adopts its style sheet in a shadow root, and styles of elements are set by script.
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const always = [
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
] as const;

const data = "default-src 'none'; frame-ancestors 'none'";

/** What an answer is to carry beside what it says. */
export interface Carried {
  /** A page or one of its files, rather than an answer of the interface. */
  page: boolean;
  /** Set unless the answer sets its own. */
  cookies: readonly string[];
  /** What is left of the limit that the request was counted for. */
  limit: LimitDecision | null;
}

export interface Answered extends Carried {
  requestId: string;
  secure: boolean;
}

/** A route may say otherwise about cookies, caching and what its content may do. */
export function setHeaders(headers: Headers, { requestId, secure, page, cookies, limit }: Answered): void {
  for (const [name, value] of always) headers.set(name, value);
  if (secure) headers.set('strict-transport-security', 'max-age=31536000');
  headers.set('x-request-id', requestId);
  if (!headers.has('content-security-policy'))
    headers.set('content-security-policy', page ? pagePolicy : data);
  if (!page && !headers.has('cache-control')) headers.set('cache-control', 'no-store');
  if (limit !== null) {
    headers.set('x-ratelimit-limit', String(limit.limit));
    headers.set('x-ratelimit-remaining', String(limit.remaining));
    headers.set('x-ratelimit-reset', String(Math.ceil(limit.resetAt / 1000)));
  }
  if (cookies.length > 0 && !headers.has('set-cookie'))
    for (const cookie of cookies) headers.append('set-cookie', cookie);
}
