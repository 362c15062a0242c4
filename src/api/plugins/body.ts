// Reads request bodies: at most so many bytes, counted while they arrive, within so much time, and JSON only; the log-in form is the one
// exception, because the OAuth2 password flow asks for it.
import { DomainError, invalid, isDomainError } from '#src/domain/errors.ts';
import type { Clock } from '#src/ports/clock.ts';
import { parsedJson, textIn } from './json-text.ts';

export interface BodyRequest {
  request: Request;
  contentType: string;
  path: string;
}

export interface BodyLimits {
  bodyBytesMax: number;
  bodyMsMax: number;
}

export function bodyReader({ bodyBytesMax, bodyMsMax }: BodyLimits, clock: Pick<Clock, 'after'>) {
  return async ({ request, contentType, path }: BodyRequest): Promise<unknown> => {
    const form =
      contentType === 'application/x-www-form-urlencoded' && /^\/api\/v1\/auth\/login\/?$/.test(path);
    if (!form && !isJson(request, contentType)) {
      if (request.body === null) return null;
      throw invalid('The body must be JSON', ['body']);
    }
    const bytes = await inTime(bytesOf(request, bodyBytesMax), bodyMsMax, clock).catch(unread);
    const text = textIn(bytes);
    if (form) return Object.fromEntries(new URLSearchParams(text));
    return text === '' ? null : parsedJson(text);
  };
}

/** Without a media type a body is taken for JSON; one that cannot be read is none. */
const isJson = ({ headers }: Request, contentType: string): boolean =>
  contentType === ''
    ? (headers.get('content-type') ?? '') === ''
    : contentType === 'application/json' || contentType.endsWith('+json');

const tooLarge = () => new DomainError('too_large', 'The body is too large');

/** Who sends a byte now and then must not hold a connection for ever. */
function inTime<Value>(
  reading: Promise<Value>,
  msMax: number,
  { after }: Pick<Clock, 'after'>,
): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const cancel = after(msMax, () => reject(tooSlow(msMax)));
  return Promise.race([reading, late]).finally(cancel);
}

const tooSlow = (msMax: number) =>
  new DomainError('too_slow', `The body did not arrive within ${Math.ceil(msMax / 1_000)} seconds`);

/** Reading fails only by the other side: it left, or said no length that there is. */
function unread(cause: unknown): never {
  if (isDomainError(cause)) throw cause;
  throw new DomainError('validation', 'The body could not be read to its end', { location: ['body'], cause });
}

async function bytesOf(request: Request, bytesMax: number): Promise<Uint8Array> {
  const declared = request.headers.get('content-length');
  if (declared !== null) {
    if (Number(declared) > bytesMax) throw tooLarge();
    // The server reads no more than was declared.
    return request.bytes();
  }
  const chunks: Uint8Array[] = [];
  if (request.body === null) return Buffer.concat(chunks);
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
