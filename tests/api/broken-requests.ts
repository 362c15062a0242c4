// What is said on a socket and is no request of HTTP/1.1; nothing of it may ever be understood.
import { rawRequest } from './raw-connection.ts';

const live = rawRequest('GET /api/v1/health/live');
const chunked = 'Transfer-Encoding: chunked';

export const brokenRequests: readonly (readonly [string, string | Uint8Array])[] = [
  ['no HTTP', 'garbage\r\n\r\n'],
  ['no text', '\0\u0001\u0002\r\n\r\n'],
  ['the first bytes of TLS', new Uint8Array([0x16, 3, 1, 0, 0xa5, 1, 0, 0, 0xa1, 3, 3])],
  ['the first line of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a version that there is not', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['a path without a slash', rawRequest('GET api/v1/health/live')],
  ['an endless path', rawRequest(`GET /${'a'.repeat(100_000)}`)],
  ['a header without a colon', rawRequest('GET /', ['Colon'])],
  ['a header with a space in its name', rawRequest('GET /', ['Name : x'])],
  ['a header with NUL', rawRequest('GET /', ['Idempotency-Key: a\0b'])],
  ['a header with a control character', rawRequest('GET /', ['Idempotency-Key: a\u0001b'])],
  ['a folded header', rawRequest('GET /', ['X: a', ' b'])],
  ['an endless header', rawRequest('GET /', [`X: ${'y'.repeat(1_000_000)}`])],
  ['ten thousand headers', rawRequest('GET /', Array(10_000).fill('X: y'))],
  ['two lengths', rawRequest('POST /api/v1/execute', ['Content-Length: 5', 'Content-Length: 6'], '{}')],
  ['a negative length', rawRequest('POST /api/v1/execute', ['Content-Length: -1'], '{}')],
  ['a length in hexadecimal', rawRequest('POST /api/v1/execute', ['Content-Length: 0x2'], '{}')],
  ['a length beyond all', rawRequest('POST /api/v1/execute', ['Content-Length: 99999999999999999999'], '{}')],
  ['an encoding that there is not', rawRequest('POST /api/v1/execute', ['Transfer-Encoding: gzip'], '{}')],
  [
    'a request in the body of another',
    rawRequest('POST /api/v1/execute', [chunked, 'Content-Length: 4'], `0\r\n\r\n${live}`),
  ],
];
