// Defaults < config.toml < config.<role>.toml < environment → one checked Config, or every problem at once.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { roleNames } from '#src/domain/roles.ts';
import { checkCombinations } from './combinations.ts';
import type { OptionValue } from './option.ts';
import { type Config, type OptionPath, optionAt, optionPaths, variableOf } from './options.ts';
import { type Parsed, parseText, parseTyped } from './parse.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Loaded {
  config: Config;
  /** Where each value came from: `default`, a file's path, or a variable's name. */
  origins: Readonly<Record<OptionPath, string>>;
}

/** Everything that is wrong with the configuration, one sentence each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}`);
  }
}

/** @throws ConfigError with all problems; a file named by `--config` that is not there is one of them. */
export async function loadConfig(environment: Environment, configPath?: string): Promise<Loaded> {
  const gathering = new Gathering();
  const path = configPath ?? 'config.toml';
  await gathering.file(path, configPath !== undefined);
  await gathering.environment(environment);
  const onlyRole = gathering.onlyRole();
  if (onlyRole !== null) {
    const overriding = new Gathering(gathering.problems);
    await overriding.file(path, false);
    await overriding.file(join(dirname(path), `config.${onlyRole}.toml`), false);
    await overriding.environment(environment);
    return overriding.finish();
  }
  return gathering.finish();
}

class Gathering {
  private readonly values = new Map<OptionPath, { value: OptionValue; origin: string }>();

  constructor(readonly problems: Set<string> = new Set()) {}

  async file(path: string, required: boolean): Promise<void> {
    const source = await readIfThere(path);
    if (source === null) {
      if (required) this.problems.add(`${path}: there is no such file`);
      return;
    }
    for (const [section, entries] of Object.entries(this.toml(path, source))) {
      if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) {
        this.problems.add(`${path}: ${section} must be a section, written [${section}]`);
        continue;
      }
      for (const [key, value] of Object.entries(entries)) {
        const option = optionPaths.find((known) => known === `${section}.${key}`);
        if (option === undefined) this.problems.add(`${path}: there is no setting ${section}.${key}`);
        else this.take(option, parseTyped(optionAt(option), value), path, `${path}: ${option}`);
      }
    }
  }

  async environment(environment: Environment): Promise<void> {
    const known = new Set<string>();
    for (const path of optionPaths) {
      const option = optionAt(path);
      for (const name of [option.bare, variableOf(path)]) {
        if (name === undefined) continue;
        known.add(name).add(`${name}_FILE`);
        await this.variable(environment, path, name, option.secret === true);
      }
    }
    for (const name of Object.keys(environment)) {
      if (name.startsWith('GREENROOM_') && !known.has(name))
        this.problems.add(`${name}: there is no such setting`);
    }
  }

  private async variable(
    environment: Environment,
    path: OptionPath,
    name: string,
    secret: boolean,
  ): Promise<void> {
    const value = environment[name];
    if (value !== undefined) this.take(path, parseText(optionAt(path), value), name, name);
    const file = environment[`${name}_FILE`];
    if (file === undefined) return;
    if (!secret) {
      this.problems.add(`${name}_FILE: only secrets may be given as files`);
      return;
    }
    const content = await readIfThere(file);
    if (content === null) this.problems.add(`${name}_FILE: there is no such file`);
    else this.take(path, parseText(optionAt(path), content.trim()), `${name}_FILE`, `${name}_FILE`);
  }

  /** The role whose own file is read: only where exactly one is named. */
  onlyRole(): string | null {
    const roles = this.values.get('process.roles')?.value ?? roleNames;
    return Array.isArray(roles) && roles.length === 1 ? (roles[0] ?? null) : null;
  }

  finish(): Loaded {
    const config: Record<string, OptionValue> = {};
    const origins: Record<string, string> = {};
    for (const path of optionPaths) {
      const found = this.values.get(path);
      config[path] = found?.value ?? optionAt(path).default;
      origins[path] = found?.origin ?? 'default';
    }
    const whole = config as unknown as Config;
    for (const problem of checkCombinations(whole)) this.problems.add(problem);
    if (this.problems.size > 0) throw new ConfigError([...this.problems]);
    return { config: whole, origins: origins as Loaded['origins'] };
  }

  private take(path: OptionPath, parsed: Parsed, origin: string, where: string): void {
    if (parsed.ok) this.values.set(path, { value: parsed.value, origin });
    else this.problems.add(`${where} ${parsed.problem}`);
  }

  private toml(path: string, source: string): Record<string, unknown> {
    try {
      return Bun.TOML.parse(source) as Record<string, unknown>;
    } catch (error) {
      this.problems.add(`${path}: ${error instanceof Error ? error.message : 'is not valid TOML'}`);
      return {};
    }
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
