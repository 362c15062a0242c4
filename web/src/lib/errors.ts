// Failures of requests as sentences for people, in one place. Shows only what the server meant to be shown.
import type { ErrorResponse } from './api/types.gen.ts';
import { durationText } from './format.ts';

export type ProblemKind =
  | 'unauthorised'
  | 'forbidden'
  | 'missing'
  | 'invalid'
  | 'throttled'
  | 'refused'
  | 'server'
  | 'offline';

export interface Problem {
  kind: ProblemKind;
  sentence: string;
  /** What is wrong with single fields, by the field's name. */
  fields: Readonly<Record<string, string>>;
}

export type Outcome<Data> = { ok: true; data: Data } | { ok: false; problem: Problem };

interface Answer<Data> {
  data?: Data | undefined;
  error?: unknown;
  response?: Response | undefined;
}

/** Waits for a call of the generated client. Never throws. */
export async function outcomeOf<Data>(call: Promise<Answer<Data>>): Promise<Outcome<Data>> {
  try {
    const { data, error, response } = await call;
    if (response === undefined) return { ok: false, problem: unreachable };
    if (response.ok && data !== undefined) return { ok: true, data };
    return { ok: false, problem: problemOf(response.status, error) };
  } catch (error) {
    // The browser throws a TypeError when no answer came at all.
    if (error instanceof TypeError) return { ok: false, problem: unreachable };
    throw error;
  }
}

export const unreachable: Problem = {
  kind: 'offline',
  sentence: 'The server cannot be reached. Check the connection and try again.',
  fields: {},
};

export function problemOf(status: number, body: unknown): Problem {
  const error = isErrorResponse(body) ? body : null;
  const fields = error === null || typeof error.detail === 'string' ? {} : fieldsOf(error.detail);
  return { kind: kindOf(status), sentence: sentenceOf(status, error), fields };
}

function kindOf(status: number): ProblemKind {
  if (status === 401) return 'unauthorised';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'missing';
  if (status === 422) return 'invalid';
  if (status === 429) return 'throttled';
  return status >= 500 ? 'server' : 'refused';
}

function sentenceOf(status: number, error: ErrorResponse | null): string {
  const detail = error === null ? '' : detailText(error.detail);
  if (status === 429) {
    const wait = error?.retry_after;
    return wait === undefined
      ? 'That was too often. Wait a moment, then try again.'
      : `That was too often. Try again in ${durationText(wait * 1000)}.`;
  }
  if (status === 503) return 'A part of the server is not available right now. Try again in a moment.';
  if (status >= 500)
    return 'Something went wrong on the server. Try again; if it stays, tell an administrator.';
  if (status === 413) return 'That is more than the server accepts at once (10 MB).';
  if (detail !== '') return finished(detail);
  if (status === 401) return 'You are not logged in.';
  return `The server refused the request (status ${status}).`;
}

function detailText(detail: ErrorResponse['detail']): string {
  if (typeof detail === 'string') return detail;
  return detail.map(({ loc, msg }) => `${fieldName(loc) ?? 'Request'}: ${msg}`).join('; ');
}

function fieldsOf(detail: Exclude<ErrorResponse['detail'], string>): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { loc, msg } of detail) {
    const name = fieldName(loc);
    if (name !== null) fields[name] ??= finished(msg);
  }
  return fields;
}

/** The first named place inside the body. */
const fieldName = (loc: readonly (string | number)[]): string | null => {
  const name = loc[1];
  return typeof name === 'string' ? name : null;
};

const finished = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

function isErrorResponse(body: unknown): body is ErrorResponse {
  if (typeof body !== 'object' || body === null || !('detail' in body)) return false;
  return typeof body.detail === 'string' || Array.isArray(body.detail);
}
