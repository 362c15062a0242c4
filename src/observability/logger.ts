// The Logger port on pino: JSON lines on standard output, nothing that a user typed in the message, secrets redacted.
import pino from 'pino';
import type { LogFields, Logger } from '#src/ports/logger.ts';

/** Fields whose values never reach a log, at any depth that our own records have. */
export const redactedFields = [
  'password',
  'new_password',
  'current_password',
  'token',
  'secret',
  'cookie',
  'authorization',
  'csrf_token',
  'script',
  'stdin',
  'env',
] as const;

export interface LoggerOptions {
  level: 'debug' | 'info' | 'warn' | 'error';
  process: string;
  /** Where lines go; standard output by default. */
  destination?: pino.DestinationStream;
}

export function pinoLogger({ level, process, destination }: LoggerOptions): Logger {
  const logger = pino(
    {
      level,
      base: { process },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Errors come here as fields already, so that what hangs on them is redacted too.
      serializers: { err: (fields: unknown) => fields },
    },
    // A pino transport would run in a worker that a compiled binary does not carry.
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
  return adapt(logger);
}

function adapt(logger: pino.Logger): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
    if (logger.isLevelEnabled(level)) logger[level](redacted(withError(fields), depthMax), message);
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => adapt(logger.child(redacted(fields, depthMax))),
  };
}

/** pino writes an Error whole, with its causes, only under its own name for it. */
function withError(fields: LogFields): LogFields {
  if (!('error' in fields)) return fields;
  const { error, ...rest } = fields;
  return { ...rest, err: error instanceof Error ? pino.stdSerializers.err(error) : error };
}

const secretFields: ReadonlySet<string> = new Set(redactedFields);
/** A list counts as a depth of its own. */
const depthMax = 4;

/** pino's own redaction reads every path anew for each line, which cost more than all the rest of the line. */
function redacted(fields: LogFields, depth: number): LogFields {
  let changed: LogFields | null = null;
  for (const name in fields) {
    if (!Object.hasOwn(fields, name)) continue;
    const value = fields[name];
    const kept = secretFields.has(name) ? '(redacted)' : redactedInside(value, depth);
    if (kept === value) continue;
    changed ??= { ...fields };
    changed[name] = kept;
  }
  return changed ?? fields;
}

function redactedInside(value: unknown, depth: number): unknown {
  if (depth === 1 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => redactedInside(item, depth - 1));
  return redacted(value as LogFields, depth - 1);
}
