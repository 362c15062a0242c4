import { expect, test } from 'bun:test';
import { add, byExitCode, closingLine, combine, fromClosingLine, fromJunit } from '#scripts/tally.ts';

test('a closing line is read from the last line of that form', () => {
  expect(fromClosingLine('1 passed, 2 failed, 3 skipped\nmore\n4 passed, 0 failed, 1 skipped\n')).toEqual({
    passed: 4,
    failed: 0,
    skipped: 1,
  });
  expect(fromClosingLine('all is well')).toBeNull();
});

test('a report in JUnit form is read from its root', () => {
  const xml =
    '<?xml version="1.0"?>\n<testsuites name="bun test" tests="9" assertions="6" failures="1" skipped="2" time="1">';
  expect(fromJunit(xml)).toEqual({ passed: 6, failed: 1, skipped: 2 });
  expect(fromJunit('')).toBeNull();
});

test('a tool that crashed after good tests still counts as a failure', () => {
  expect(combine({ passed: 5, failed: 0, skipped: 0 }, 1).failed).toBe(1);
  expect(combine({ passed: 5, failed: 2, skipped: 0 }, 1).failed).toBe(2);
  expect(combine(null, 1)).toEqual(byExitCode(1));
});

test('tallies add up into the closing line', () => {
  const total = add({ passed: 1, failed: 0, skipped: 2 }, byExitCode(0));
  expect(closingLine(total)).toBe('2 passed, 0 failed, 2 skipped');
});
