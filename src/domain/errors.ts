// The closed set of failures that a caller can tell apart. `message` is safe to show; `detail` is for logs only.

export const errorKinds = [
  'not_found',
  'validation',
  'conflict',
  'throttled',
  'unauthorized',
  'forbidden',
  'invalid_state',
  'account_locked',
  'too_large',
  'oversized',
  'too_slow',
  'unavailable',
  'newer_version',
  'infrastructure',
] as const;
export type ErrorKind = (typeof errorKinds)[number];

export interface ErrorOptions {
  /** For logs only. */
  detail?: string;
  cause?: unknown;
  /** Where in the request the fault lies, for validation errors: `['body', 'limits', 'memory']`. */
  location?: readonly string[];
  /** When a throttled or unavailable caller may come again. */
  retryAfterMs?: number;
}

export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly detail: string | undefined;
  readonly location: readonly string[] | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly kind: ErrorKind,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.detail = options.detail;
    this.location = options.location;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export const isDomainError = (error: unknown): error is DomainError => error instanceof DomainError;

/** A dependency did not answer; the call may have taken effect or not. Never uses up an attempt. */
export const unavailable = (dependency: string, cause?: unknown): DomainError =>
  new DomainError('unavailable', 'A dependency is not available at the moment', {
    detail: dependency,
    cause,
    retryAfterMs: 5_000,
  });

/** Only a process of a newer version can do it; such a one takes what comes again. Never uses up an attempt. */
export const newerVersion = (detail: string): DomainError =>
  new DomainError('newer_version', 'This is being served by a newer version at the moment, try again', {
    detail,
    retryAfterMs: 5_000,
  });

export const isNewerVersion = (error: unknown): boolean =>
  isDomainError(error) && error.kind === 'newer_version';

export const isUnavailable = (error: unknown): boolean =>
  isDomainError(error) && error.kind === 'unavailable';

export const executionNotFound = (): DomainError => new DomainError('not_found', 'Execution not found');
export const accessDenied = (): DomainError => new DomainError('forbidden', 'Access denied');
export const invalid = (message: string, location: readonly string[]): DomainError =>
  new DomainError('validation', message, { location });

/** A programmer's error; stays on in production. In an actor it stops that actor, whose supervisor restarts it. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
