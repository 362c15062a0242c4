// The verdicts of a long play: each that fails is told at once, all are counted, and the last line says how it went.

export interface Checks {
  /** @param words what is wrong; null when nothing is */
  check(name: string, words: string | null): void;
  /** So many more that are not named one by one. */
  passed(more: number): void;
  failed(): number;
  print(line: string): void;
  /** Prints the closing line; the process ends by what it says. */
  close(): void;
}

export function startChecks(): Checks {
  let [passed, failed] = [0, 0];
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  return {
    check(name, words) {
      if (words === null) passed += 1;
      else {
        failed += 1;
        print(`FAIL ${name}: ${words}`);
      }
    },
    passed(more) {
      passed += more;
    },
    failed: () => failed,
    print,
    close() {
      print(`${passed} passed, ${failed} failed, 0 skipped`);
      process.exitCode = failed === 0 ? 0 : 1;
    },
  };
}
