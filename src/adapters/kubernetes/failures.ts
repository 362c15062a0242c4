// What a refusal of the API server means to us. Pure.
import { DomainError, unavailable } from '#src/domain/errors.ts';
import type { StatusObject } from './objects.ts';

/** An answer that is no success, as it came. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly code: number,
    /** The server's own word, such as `AlreadyExists`. */
    readonly reason: string,
    readonly words: string,
    readonly retryAfterMs: number | null,
  ) {
    super(`${code} ${reason}: ${words}`);
  }
}

export function refusalOf(code: number, body: string, retryAfter: string | null): Refusal {
  const status = statusIn(body);
  const seconds = Number(retryAfter ?? status.details?.retryAfterSeconds ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null;
  const words = (status.message ?? body).slice(0, wordsMax);
  return new Refusal(status.code ?? code, status.reason ?? '', words, retryAfterMs);
}

const wordsMax = 1_000;

function statusIn(body: string): StatusObject {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    // A proxy on the way answers as it likes.
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** The server may do it next time: it is overloaded, restarts, or a part of it is away. */
export const isPassing = ({ code }: Refusal): boolean => code === 429 || code >= 500;

export const isRefusal = (error: unknown, code: number): error is Refusal =>
  error instanceof Refusal && error.code === code;

/** For whoever asked through the port. What is none of ours stays what it is. */
export function domainErrorOf(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error;
  const { code, words } = error;
  const detail = `kubernetes: ${code} ${words}`;
  const options = { detail, cause: error };
  if (code === 404 || code === 410) return new DomainError('not_found', 'The pod is gone', options);
  if (code === 409) return new DomainError('conflict', 'The pod was changed by somebody else', options);
  if (code === 400 || code === 413 || code === 422) {
    return new DomainError('validation', 'The cluster does not take such a pod', options);
  }
  if (code === 401) return new DomainError('infrastructure', 'The cluster does not know us', options);
  if (code === 403) return new DomainError('forbidden', 'The cluster does not allow it', options);
  return unavailable(detail, error);
}
