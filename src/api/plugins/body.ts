// Reads request bodies: at most so many bytes, counted while they arrive, and JSON only; the log-in form is the one
// exception, because the OAuth2 password flow asks for it.
import { DomainError, invalid } from '#src/domain/errors.ts';

export interface BodyRequest {
  request: Request;
  contentType: string;
  path: string;
}

export function bodyReader(bytesMax: number) {
  return async ({ request, contentType, path }: BodyRequest): Promise<unknown> => {
    const form =
      contentType === 'application/x-www-form-urlencoded' && /^\/api\/v1\/auth\/login\/?$/.test(path);
    if (!form && !isJson(contentType)) {
      if (request.body === null) return null;
      throw invalid('The body must be JSON', ['body']);
    }
    const text = await textOf(request, bytesMax);
    if (form) return Object.fromEntries(new URLSearchParams(text));
    if (text === '') return null;
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new DomainError('validation', 'The body is not valid JSON', { location: ['body'], cause });
    }
  };
}

const isJson = (contentType: string): boolean =>
  contentType === '' || contentType === 'application/json' || contentType.endsWith('+json');

const tooLarge = () => new DomainError('too_large', 'The body is too large');

async function textOf(request: Request, bytesMax: number): Promise<string> {
  const declared = request.headers.get('content-length');
  if (declared !== null) {
    if (Number(declared) > bytesMax) throw tooLarge();
    // The server reads no more than was declared.
    return request.text();
  }
  if (request.body === null) return '';
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  for await (const chunk of request.body) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
