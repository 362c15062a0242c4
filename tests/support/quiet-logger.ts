// A logger for tests that keeps what it is told instead of printing it.
import type { LogFields, Logger } from '#src/ports/logger.ts';

export interface QuietLogger extends Logger {
  lines: { level: 'debug' | 'info' | 'warn' | 'error'; fields: LogFields; message: string }[];
}

export function quietLogger(): QuietLogger {
  const lines: QuietLogger['lines'] = [];
  const at = (level: QuietLogger['lines'][number]['level']) => (fields: LogFields, message: string) =>
    void lines.push({ level, fields, message });
  const logger: QuietLogger = {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return logger;
}
