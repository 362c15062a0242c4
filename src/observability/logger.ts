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
  const paths = redactedFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  const logger = pino(
    {
      level,
      base: { process },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths, censor: '(redacted)' },
      formatters: { level: (label) => ({ level: label }) },
    },
    // A pino transport would run in a worker that a compiled binary does not carry.
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
  return adapt(logger);
}

function adapt(logger: pino.Logger): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) =>
    logger[level](withError(fields), message);
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => adapt(logger.child(fields)),
  };
}

/** pino writes an Error whole, with its causes, only under its own name for it. */
function withError(fields: LogFields): LogFields {
  if (!('error' in fields)) return fields;
  const { error, ...rest } = fields;
  return { ...rest, err: error };
}
