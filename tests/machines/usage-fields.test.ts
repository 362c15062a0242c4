// What a run used and left, as the fields by which quotas are counted.
import { expect, test } from 'bun:test';
import {
  admitted,
  podCreated,
  podDeleted,
  podExited,
  podRunning,
  resultSealed,
  summary,
} from './execution-events.ts';
import { given } from './given.ts';

const running = (attempt = 1) => [admitted(attempt), podCreated(attempt), podRunning(attempt)];
const fieldsOf = (...events: Parameters<typeof given>) => {
  const { cpuMs, storedBytes } = given(...events).record.fields;
  return { cpuMs, storedBytes };
};
const used = { usage: { wallMs: 9, cpuMs: 70.4, memoryPeakBytes: 1 }, stdoutBytes: 300, stderrBytes: 20 };

test('a run has used nothing before its end is told', () => {
  expect(fieldsOf()).toEqual({ cpuMs: 0, storedBytes: 0 });
  expect(fieldsOf(...running())).toEqual({ cpuMs: 0, storedBytes: 0 });
});

test('its processor time and output count from its exit, what it left from its result', () => {
  const exited = [...running(), podExited(used)];
  expect(fieldsOf(...exited)).toEqual({ cpuMs: 70, storedBytes: 320 });
  const artifacts = [{ name: 'plot.png', contentType: 'image/png', sizeBytes: 4_000 }];
  const sealed = { ...resultSealed(), summary: { ...summary(), artifacts } };
  expect(fieldsOf(...exited, sealed)).toEqual({ cpuMs: 70, storedBytes: 4_320 });
  expect(fieldsOf(...exited, sealed, podDeleted())).toEqual({ cpuMs: 70, storedBytes: 4_320 });
});

test('all its attempts count', () => {
  const stopped = podExited({ ...used, cause: 'stopped', signal: 15, exitCode: null });
  const again = [...running(2), podExited(used, 2)];
  expect(fieldsOf(...running(), stopped, ...again)).toEqual({ cpuMs: 141, storedBytes: 640 });
});
