// Asks a bad question and says what is wrong with the answer. A refusal is a 4xx of the one form that tells nothing of the
// inside and leaves the store as it was; `must` says that nothing else will do.
import { password } from './api-world.ts';
import { type HostileWorld, type Owner, secret } from './hostile-world.ts';

export interface Question {
  name: string;
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

export type Expectation = 'refused' | 'refused or taken';

const typesByStatus: Readonly<Record<number, string>> = {
  400: 'InvalidStateError',
  401: 'UnauthorizedError',
  403: 'ForbiddenError',
  404: 'NotFoundError',
  405: 'MethodNotAllowedError',
  409: 'ConflictError',
  413: 'PayloadTooLargeError',
  416: 'RangeNotSatisfiableError',
  422: 'ValidationError',
  423: 'AccountLockedError',
};

/** Digests, where our code lies, and words of the store and of the schema library. */
const neverShown = [
  /\$2[aby]\$/,
  /passwordHash|node_modules|\/src\/|\/tmp\/|\bat async\b|\n\s+at /,
  /sqlite|additionalProperties|patternProperties|"anyOf"|\[object Object\]|undefined|TypeBox|union value|Expected kind/i,
];
const slowMs = 15_000;

/** Everything wrong with the answer, one sentence each. */
export async function judged(
  world: HostileWorld,
  owner: Owner | null,
  question: Question,
  expected: Expectation,
): Promise<string[]> {
  const before = JSON.stringify(world.stored());
  const beganAt = performance.now();
  const answer = await asked(world, owner, question);
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const text = isStream ? '' : await answer.text();
  if (isStream) await answer.body?.cancel();
  const ms = performance.now() - beganAt;
  const isRefusal = answer.status >= 400 && answer.status < 500;
  const faults = [...(isRefusal ? faultsOf(answer.status, text) : []), ...leaksIn(text, owner)];
  if (answer.status >= 500) faults.push('a fault of ours');
  if (expected === 'refused' && !isRefusal) faults.push('not refused');
  if (ms > slowMs) faults.push(`took ${Math.round(ms)} ms`);
  if (isRefusal && JSON.stringify(world.stored()) !== before) faults.push('something half made remains');
  const { method, path, name } = question;
  return faults.map(
    (fault) => `${method} ${path.slice(0, 120)}, ${name}: ${answer.status}: ${fault}: ${text.slice(0, 200)}`,
  );
}

export async function asked(
  { api }: HostileWorld,
  owner: Owner | null,
  { method, path, headers, body }: Question,
): Promise<Response> {
  const own = owner === null ? {} : { cookie: owner.cookie, 'x-csrf-token': owner.csrf };
  const sent = { 'content-type': 'application/json', ...own, ...headers };
  const content = body === undefined ? {} : { body: body as BodyInit };
  return api.handle(new Request(`http://localhost${path}`, { method, headers: sent, ...content }));
}

/** What a refusal has against the one form of refusals. */
export function faultsOf(status: number, text: string): string[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    return [`no JSON (${error})`];
  }
  if (typeof body !== 'object' || body === null) return ['no object'];
  const { detail, type, ...rest }: { detail?: unknown; type?: unknown } = body;
  const faults = Object.keys(rest).map((name) => `unexpected ${name}`);
  if (type !== typesByStatus[status]) faults.push(`is called ${type}`);
  if (status === 422) {
    if (!Array.isArray(detail) || detail.length === 0) faults.push('no list of faults');
    else if (!detail.every(isFault)) faults.push('a fault without loc, msg and type');
  } else if (typeof detail !== 'string' || detail === '') faults.push('no sentence');
  return faults;
}

function isFault(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { loc, msg, type, ...rest }: { loc?: unknown; msg?: unknown; type?: unknown } = value;
  return (
    Object.keys(rest).length === 0 &&
    Array.isArray(loc) &&
    loc.length > 0 &&
    loc.every((part) => typeof part === 'string' || typeof part === 'number') &&
    typeof msg === 'string' &&
    msg !== '' &&
    msg.length < 500 &&
    typeof type === 'string'
  );
}

function leaksIn(text: string, owner: Owner | null): string[] {
  const faults = neverShown.filter((pattern) => pattern.test(text)).map((pattern) => `shows ${pattern}`);
  if (text.includes(secret) || text.includes(password)) faults.push('shows a secret');
  if (owner !== null && text.includes(owner.cookie.split(';')[0] ?? '')) faults.push('shows the session');
  return faults;
}
