// Programs of this machine that set a test node up: what they printed, or an error with the end of it.

interface How {
  input?: string;
  environment?: Readonly<Record<string, string>>;
  folder?: string;
}

/** @returns its standard output. */
export async function run(command: readonly string[], how: How = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await attempt(command, how);
  if (exitCode === 0) return stdout;
  throw new Error(`${command.join(' ')} failed with ${exitCode}:\n${(stdout + stderr).slice(-2_000)}`);
}

export interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export async function attempt(command: readonly string[], how: How = {}): Promise<Outcome> {
  const child = Bun.spawn([...command], {
    stdin: how.input === undefined ? 'ignore' : Buffer.from(how.input),
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, ...how.environment },
    ...(how.folder === undefined ? {} : { cwd: how.folder }),
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, stderr };
}

export interface Lock {
  release(): Promise<void>;
}

/** Waits for it, or answers null at once when it is taken. It ends with this process, however that ends. */
export async function lock(path: string, waits: boolean): Promise<Lock | null> {
  const options = waits ? [] : ['--nonblock'];
  const holder = Bun.spawn(['flock', ...options, path, 'sh', '-c', 'echo held; exec cat'], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const { done } = await holder.stdout.getReader().read();
  if (done) return null;
  return {
    async release() {
      await holder.stdin.end();
      await holder.exited;
    },
  };
}
