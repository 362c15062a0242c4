// Failures as HTTP, in one table. Unknown ones say nothing of theirs; what is logged and what is shown never mix.
import { type DomainError, type ErrorKind, isDomainError } from '#src/domain/errors.ts';
import { type Fault, requestFaults } from './request-faults.ts';

interface Shape {
  status: number;
  type: string;
}

const shapes: Record<ErrorKind, Shape> = {
  not_found: { status: 404, type: 'NotFoundError' },
  validation: { status: 422, type: 'ValidationError' },
  conflict: { status: 409, type: 'ConflictError' },
  throttled: { status: 429, type: 'ThrottledError' },
  unauthorized: { status: 401, type: 'UnauthorizedError' },
  forbidden: { status: 403, type: 'ForbiddenError' },
  invalid_state: { status: 400, type: 'InvalidStateError' },
  account_locked: { status: 423, type: 'AccountLockedError' },
  too_large: { status: 413, type: 'PayloadTooLargeError' },
  oversized: { status: 500, type: 'InfrastructureError' },
  too_slow: { status: 408, type: 'RequestTimeoutError' },
  unavailable: { status: 503, type: 'ServiceUnavailableError' },
  newer_version: { status: 503, type: 'ServiceUnavailableError' },
  infrastructure: { status: 500, type: 'InfrastructureError' },
};

export interface Failure {
  status: number;
  body: { detail: string | Fault[]; type: string } & Record<string, unknown>;
  headers: Record<string, string>;
}

const hidden: Failure = {
  status: 500,
  body: { detail: 'Internal server error', type: 'InfrastructureError' },
  headers: {},
};

export const notFound: Failure = {
  status: 404,
  body: { detail: 'Not found', type: 'NotFoundError' },
  headers: {},
};

export const methodNotAllowed = (allowed: readonly string[]): Failure => ({
  status: 405,
  body: { detail: 'Method not allowed', type: 'MethodNotAllowedError' },
  headers: { allow: allowed.join(', ') },
});

/** The answer for anything that was thrown; `now` in milliseconds, for when to come again. */
export function failureOf(error: unknown, now: number): Failure {
  const known = domainErrorOf(error);
  if (known !== null) return ofDomain(known, now);
  const faults = requestFaults(error);
  if (faults !== null) return { status: 422, body: { detail: faults, type: 'ValidationError' }, headers: {} };
  return hidden;
}

export const responseOf = (failure: Failure): Response =>
  Response.json(failure.body, { status: failure.status, headers: failure.headers });

/** Elysia wraps what a body parser throws. */
function domainErrorOf(error: unknown): DomainError | null {
  if (isDomainError(error)) return error;
  if (error instanceof Error && isDomainError(error.cause)) return error.cause;
  return null;
}

function ofDomain(error: DomainError, now: number): Failure {
  const { status, type } = shapes[error.kind];
  if (error.kind === 'infrastructure' || error.kind === 'oversized') return hidden;
  const headers: Record<string, string> = {};
  const body: Failure['body'] = { detail: error.message, type };
  if (error.kind === 'validation' && error.location !== undefined)
    body.detail = [{ loc: [...error.location], msg: error.message, type: 'value_error' }];
  // What still comes is not waited for.
  if (error.kind === 'too_slow') headers.connection = 'close';
  if (error.retryAfterMs !== undefined) {
    const seconds = Math.max(1, Math.ceil(error.retryAfterMs / 1000));
    headers['retry-after'] = String(seconds);
    if (error.kind === 'throttled') {
      body.retry_after = seconds;
      body.reset_at = new Date(now + error.retryAfterMs).toISOString();
    }
  }
  return { status, body, headers };
}

/** What may be logged of a failure: the schema library repeats the whole value in its message, scripts and all. */
export function loggable(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'VALIDATION') return error;
  const first: unknown = 'valueError' in error ? error.valueError : null;
  if (typeof first !== 'object' || first === null) return { name: error.name };
  const { path, message } = { path: null, message: null, ...first };
  return { name: 'ValidationError', place: 'type' in error ? error.type : null, path, message };
}
