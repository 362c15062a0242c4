// Runs one command of the compiled binary to its end, as an operator types it.
import { binaryPath } from './binary.ts';

export interface Ended {
  code: number;
  out: string;
  err: string;
}

export interface CommandOptions {
  environment?: Record<string, string>;
  input?: string;
  /** Words before the binary: another program that starts it. */
  before?: readonly string[];
}

export async function greenroom(
  dataDir: string,
  words: readonly string[],
  { environment = {}, input = '', before = [] }: CommandOptions = {},
): Promise<Ended> {
  const child = Bun.spawn([...before, binaryPath, ...words], {
    env: { PATH: process.env.PATH, HOME: '/nonexistent', DATA_DIR: dataDir, PORT: '0', ...environment },
    cwd: '/',
    stdin: new Blob([input]),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}
