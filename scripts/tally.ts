// How many checks passed: read from each tool's own report, added up into the one closing line.

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };

export const add = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

export const closingLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** A tool that only says yes or no counts as one check. */
export const byExitCode = (exitCode: number): Tally =>
  exitCode === 0 ? { ...nothing, passed: 1 } : { ...nothing, failed: 1 };

/** The last line of this form that the output has; null where there is none. */
export function fromClosingLine(output: string): Tally | null {
  const found = [...output.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  if (found === undefined) return null;
  return { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3]) };
}

/** Root element of a JUnit report as bun test writes it; null where it is none. */
export function fromJunit(xml: string): Tally | null {
  const rootElement = /<testsuites\b[^>]*>/.exec(xml)?.[0];
  if (rootElement === undefined) return null;
  const attribute = (name: string): number =>
    Number(new RegExp(`\\b${name}="(\\d+)"`).exec(rootElement)?.[1] ?? 0);
  const failed = attribute('failures') + attribute('errors');
  const skipped = attribute('skipped');
  return { passed: attribute('tests') - failed - skipped, failed, skipped };
}

/** A tool that failed must not look like success because its report lists no failure (a crash before the end). */
export function combine(report: Tally | null, exitCode: number): Tally {
  if (report === null) return byExitCode(exitCode);
  if (exitCode !== 0 && report.failed === 0) return { ...report, failed: 1 };
  return report;
}
