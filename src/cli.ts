// The commands. Each parses its words, calls one thing and tells the outcome; none holds a rule.
import { parseArgs } from 'node:util';
import { ConfigError, type Environment, loadConfig } from '#src/config/load.ts';
import { printConfig } from '#src/config/print.ts';
import { isDomainError } from '#src/domain/errors.ts';
import { createAdminCommand } from './create-admin.ts';
import { serve } from './serve.ts';
import { version } from './version.ts';

/** Path in the web app → file to answer it with. */
export type WebFiles = ReadonlyMap<string, string>;

const usage = `usage: greenroom COMMAND [--config FILE]

  serve          run the server (the roles that ROLES names; default all)
  create-admin   --username NAME --email ADDRESS --password-stdin
  config         print the effective settings, secrets redacted
  version        print the version
`;

const flags = {
  config: { type: 'string' },
  username: { type: 'string' },
  email: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs one command to its end and sets the exit code: 0 done, 1 failed, 2 wrong words. */
export async function runCommand(
  words: readonly string[],
  environment: Environment,
  webFiles: WebFiles,
): Promise<void> {
  try {
    process.exitCode = await run(words, environment, webFiles);
  } catch (error) {
    process.exitCode = 1;
    for (const line of explain(error)) process.stderr.write(`greenroom: ${line}\n`);
  }
}

async function run(words: readonly string[], environment: Environment, webFiles: WebFiles): Promise<number> {
  const parsed = parse(words);
  if (typeof parsed === 'string') {
    process.stderr.write(`greenroom: ${parsed}\n\n${usage}`);
    return 2;
  }
  const { command, values } = parsed;
  if (command === 'version') {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  if (command === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const loaded = await loadConfig(environment, values.config);
  if (command === 'config') {
    process.stdout.write(`${printConfig(loaded)}\n`);
    return 0;
  }
  if (command === 'serve') return serve(loaded.config, webFiles);
  const { username, email } = values;
  if (username === undefined || email === undefined || values['password-stdin'] !== true) {
    process.stderr.write(`greenroom: create-admin needs --username, --email and --password-stdin\n`);
    return 2;
  }
  const password = (await Bun.stdin.text()).replace(/\r?\n$/, '');
  await createAdminCommand(loaded.config, { username, email, password });
  process.stdout.write('The administrator was created\n');
  return 0;
}

const commands = ['serve', 'create-admin', 'config', 'version', 'help'] as const;

interface Words {
  command: (typeof commands)[number];
  values: { config?: string; username?: string; email?: string; 'password-stdin'?: boolean };
}

function parse(words: readonly string[]): Words | string {
  try {
    const { values, positionals } = parseArgs({ args: [...words], options: flags, allowPositionals: true });
    const command = values.help === true ? 'help' : commands.find((known) => known === positionals[0]);
    if (positionals.length === 0 && command === undefined) return 'which command?';
    if (command === undefined) return 'there is no such command';
    if (positionals.length > 1) return 'one command at a time';
    return { command, values };
  } catch (error) {
    return error instanceof Error ? error.message : 'these words were not understood';
  }
}

function explain(error: unknown): string[] {
  if (error instanceof ConfigError)
    return [`${error.message}:`, ...error.problems.map((problem) => `  ${problem}`)];
  if (isDomainError(error))
    return [error.detail === undefined ? error.message : `${error.message} (${error.detail})`];
  return [error instanceof Error ? (error.stack ?? error.message) : 'failed for an unknown reason'];
}
