// The commands. Each parses its words, calls one thing and tells the outcome; none holds a rule.
import { parseArgs } from 'node:util';
import { ConfigError, type Environment, loadConfig } from '#src/config/load.ts';
import type { Config } from '#src/config/options.ts';
import { printConfig } from '#src/config/print.ts';
import { isDomainError } from '#src/domain/errors.ts';
import { type BackupWords, backupCommand } from './backup.ts';
import { createAdminCommand } from './create-admin.ts';
import { doctorCommand } from './doctor/doctor.ts';
import { migrateCommand } from './migrate.ts';
import { type RestoreWords, restoreCommand } from './restore.ts';
import { serve } from './serve.ts';
import { version } from './version.ts';

/** Path in the web app → file to answer it with. */
export type WebFiles = ReadonlyMap<string, string>;

const usage = `usage: greenroom COMMAND [--config PATH]

  serve          run the server (the roles that ROLES names; default all)
  create-admin   --username NAME --email ADDRESS --password-stdin
  backup FILE    copy the database into one file, also beside a running server
                 [--force] replace FILE, [--with-key] put the secret key in
  restore FILE   put a backup in the data folder, where no server runs
                 [--force] exchange the database, [--keep-unfinished] let unfinished runs go on
  migrate FOLDER put all that an embedded server kept in FOLDER, where none runs, into the MongoDB
                 database of the settings, and compare both
  doctor         check this machine and its settings; changes nothing
  config         print the effective settings, secrets redacted
  version        print the version
`;

const flags = {
  config: { type: 'string' },
  username: { type: 'string' },
  email: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  force: { type: 'boolean' },
  'with-key': { type: 'boolean' },
  'keep-unfinished': { type: 'boolean' },
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
  // Everything is closed, or could not be opened: what a driver left behind, a timer or half a connection, must not keep us.
  for (const stream of [process.stdout, process.stderr])
    await new Promise((written) => stream.write('', written));
  process.exit();
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
  if (command === 'doctor') return doctorCommand(environment, values.config, tell);
  const loaded = await loadConfig(environment, values.config);
  if (command === 'config') {
    process.stdout.write(`${printConfig(loaded)}\n`);
    return 0;
  }
  if (command === 'serve') return serve(loaded.config, webFiles);
  if (command === 'backup') return tell(await backupCommand(loaded.config, backupWords(parsed)));
  if (command === 'restore') return tell(await restoreCommand(loaded.config, restoreWords(parsed)));
  if (command === 'migrate') return migrateCommand(loaded.config, parsed.file, tell);
  return createAdmin(loaded.config, values);
}

function tell(lines: readonly string[]): number {
  for (const line of lines) process.stdout.write(`${line}\n`);
  return 0;
}

async function createAdmin(config: Config, values: Words['values']): Promise<number> {
  const { username, email } = values;
  if (username === undefined || email === undefined || values['password-stdin'] !== true) {
    process.stderr.write(`greenroom: create-admin needs --username, --email and --password-stdin\n`);
    return 2;
  }
  const password = (await Bun.stdin.text()).replace(/\r?\n$/, '');
  await createAdminCommand(config, { username, email, password });
  process.stdout.write('The administrator was created\n');
  return 0;
}

const commands = [
  'serve',
  'create-admin',
  'backup',
  'restore',
  'migrate',
  'doctor',
  'config',
  'version',
  'help',
] as const;
/** What a command has to be given the name of. */
const withName = new Map<string, string>([
  ['backup', 'file'],
  ['restore', 'file'],
  ['migrate', 'folder'],
]);

interface Words {
  command: (typeof commands)[number];
  /** A file or a folder; empty where the command takes none. */
  file: string;
  values: {
    config?: string;
    username?: string;
    email?: string;
    'password-stdin'?: boolean;
    force?: boolean;
    'with-key'?: boolean;
    'keep-unfinished'?: boolean;
  };
}

const backupWords = ({ file, values }: Words): BackupWords => ({
  file,
  force: values.force === true,
  withKey: values['with-key'] === true,
});

const restoreWords = ({ file, values }: Words): RestoreWords => ({
  file,
  force: values.force === true,
  keepUnfinished: values['keep-unfinished'] === true,
});

function parse(words: readonly string[]): Words | string {
  try {
    const { values, positionals } = parseArgs({ args: [...words], options: flags, allowPositionals: true });
    const [first, file = ''] = positionals;
    const command = values.help === true ? 'help' : commands.find((known) => known === first);
    if (first === undefined && command === undefined) return 'which command?';
    if (command === undefined) return 'there is no such command';
    const named = withName.get(command);
    if (named === undefined) {
      return positionals.length > 1 ? 'one command at a time' : { command, file: '', values };
    }
    if (file === '') return `${command} needs the name of a ${named}`;
    return positionals.length > 2 ? `one ${named} at a time` : { command, file, values };
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
