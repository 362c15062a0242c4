// What is wrong with a request that does not fit its schema, in words for whoever sent it. What the schema library says
// names kinds and unions that only we know; it must never repeat a value.

export interface Fault {
  loc: (string | number)[];
  msg: string;
  type: string;
}

/** Faults that were found by ourselves. */
export class RequestFaults extends Error {
  override readonly name = 'RequestFaults';
  constructor(readonly faults: readonly Fault[]) {
    super('The request does not fit its schema');
  }
}

const places: Record<string, string> = {
  body: 'body',
  query: 'query',
  params: 'path',
  headers: 'header',
  cookie: 'cookie',
};

/** Null for any other error, an answer of ours that does not fit among them. */
export function requestFaults(error: unknown): Fault[] | null {
  if (!(error instanceof Error)) return null;
  // Elysia wraps what a body parser throws.
  const inner = error.cause instanceof RequestFaults ? error.cause : error;
  if (inner instanceof RequestFaults) return [...inner.faults];
  if (!('code' in error) || error.code !== 'VALIDATION') return null;
  const place = 'type' in error && typeof error.type === 'string' ? places[error.type] : undefined;
  if (place === undefined || !('all' in error) || !Array.isArray(error.all)) return null;
  const firsts = new Map<string, Finding>();
  for (const finding of error.all.flatMap(unfolded))
    if (!firsts.has(finding.path)) firsts.set(finding.path, finding);
  return [...firsts.values()].map((finding) => faultOf(place, finding));
}

interface Finding {
  path: string;
  message: string;
  value: unknown;
  schema: Schema;
  /** For a union: what each of its members finds. */
  members: unknown[];
}

interface Schema {
  type?: unknown;
  format?: unknown;
  enum?: unknown;
  minLength?: unknown;
  maxLength?: unknown;
  minimum?: unknown;
  maximum?: unknown;
  anyOf?: unknown;
}

function findingOf(given: unknown): Finding {
  const { path, message, value, schema, errors } = fieldsOf(given);
  return {
    path: typeof path === 'string' ? path : '',
    message: typeof message === 'string' ? message : 'Invalid value',
    value,
    schema: fieldsOf(schema),
    members: Array.isArray(errors) ? errors : [],
  };
}

/** Of what may be null, only what it may be otherwise is told of. */
function unfolded(given: unknown): Finding[] {
  const finding = findingOf(given);
  const { anyOf } = finding.schema;
  if (!Array.isArray(anyOf)) return [finding];
  const others = [...anyOf.keys()].filter((index) => fieldsOf(anyOf[index]).type !== 'null');
  const [only] = others;
  const inner = others.length === 1 && only !== undefined ? finding.members[only] : null;
  const findings = isIterable(inner) ? [...inner].flatMap(unfolded) : [];
  return findings.length > 0 ? findings : [finding];
}

function faultOf(place: string, { path, message, value, schema }: Finding): Fault {
  const loc = [place, ...partsOf(path)];
  if (value === undefined && path !== '') return { loc, msg: 'Field required', type: 'missing' };
  return { loc, msg: sentenceFor(schema, value) ?? message, type: 'value_error' };
}

/** What was expected, in words; null where the library's own have to do. */
export function sentenceFor(schema: Schema, value: unknown): string | null {
  if (Array.isArray(schema.enum)) return `Expected one of: ${schema.enum.join(', ')}`;
  if (schema.type === 'integer') return `Expected a whole number${boundsOf(schema.minimum, schema.maximum)}`;
  if (schema.type !== 'string') return null;
  const isTooLong =
    typeof value === 'string' && typeof schema.maxLength === 'number' && value.length > schema.maxLength;
  if (schema.format === 'email' && !isTooLong) return 'Expected an e-mail address';
  if (schema.format === 'date-time') return 'Expected a time in ISO 8601';
  const bounds = boundsOf(schema.minLength, schema.maxLength);
  return bounds === '' ? 'Expected a text' : `Expected a text${bounds} characters`;
}

function boundsOf(least: unknown, most: unknown): string {
  const bounds: string[] = [];
  if (typeof least === 'number') bounds.push(`at least ${least}`);
  if (typeof most === 'number' && most < Number.MAX_SAFE_INTEGER) bounds.push(`at most ${most}`);
  return bounds.length === 0 ? '' : ` of ${bounds.join(' and ')}`;
}

const partsOf = (path: string): (string | number)[] =>
  path
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')));

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;
