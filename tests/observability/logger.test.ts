// What reaches a log line and what must not: secrets, at any depth, and nothing of the caller is changed for it.
import { describe, expect, test } from 'bun:test';
import { pinoLogger, redactedFields } from '#src/observability/logger.ts';
import type { LogFields } from '#src/ports/logger.ts';

function logged(say: (logger: ReturnType<typeof pinoLogger>) => void): LogFields[] {
  const lines: string[] = [];
  say(pinoLogger({ level: 'info', process: 'p', destination: { write: (line) => void lines.push(line) } }));
  return lines.map((line): LogFields => JSON.parse(line));
}

describe('the logger', () => {
  test('a line has its level, its process, its fields and its words', () => {
    const [line] = logged((logger) => logger.info({ id: 'a', count: 2 }, 'words'));
    expect(line).toMatchObject({ level: 'info', process: 'p', id: 'a', count: 2, msg: 'words' });
    expect(typeof line?.time).toBe('string');
  });

  for (const field of redactedFields) {
    test(`${field} never reaches a line, at any depth that records have`, () => {
      const secret = { [field]: 'hidden-value' };
      const fields = { ...secret, one: { ...secret, two: secret, list: [secret] } };
      const lines = logged((logger) => {
        logger.info(fields, 'words');
        logger.child(fields).warn({}, 'words');
        logger.error({ error: Object.assign(new Error('failed'), { ...secret, more: secret }) }, 'words');
      });
      expect(lines).toHaveLength(3);
      expect(JSON.stringify(lines)).not.toContain('hidden-value');
      expect(JSON.stringify(lines)).toContain('(redacted)');
      expect(fields.one.two[field]).toBe('hidden-value');
    });
  }

  test('an error is told with its causes, and with what hangs on it', () => {
    const error = Object.assign(new Error('outer', { cause: new Error('inner') }), { kind: 'conflict' });
    const [line] = logged((logger) => logger.error({ error }, 'words'));
    expect(line?.err).toMatchObject({ type: 'Error', message: 'outer: inner', kind: 'conflict' });
    expect(JSON.stringify(line?.err)).toContain('caused by: Error: inner');
  });

  test('what is below the level is not written', () => {
    expect(logged((logger) => logger.debug({ id: 'a' }, 'words'))).toEqual([]);
  });
});
