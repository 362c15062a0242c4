// Headers that every answer carries. No CORS: only this server's own pages call it from a browser.

const page = [
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

const always = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

const data = {
  ...always,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const;

const document = { ...always, 'content-security-policy': page } as const;
const strictTransport = { 'strict-transport-security': 'max-age=31536000' } as const;

export interface HeaderRequest {
  requestId: string;
  secure: boolean;
  /** A page or one of its files, rather than an answer of the interface. */
  page: boolean;
}

/** Written over whatever an answer has so far; a route may still say otherwise. */
export function setHeaders(
  headers: Record<string, unknown>,
  { requestId, secure, page }: HeaderRequest,
): void {
  Object.assign(headers, page ? document : data);
  if (secure) Object.assign(headers, strictTransport);
  headers['x-request-id'] = requestId;
}
