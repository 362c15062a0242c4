// The effective settings as text, secrets redacted.
import type { Loaded } from './load.ts';
import { optionAt, optionPaths } from './options.ts';

/** TOML, one section after another, each line with its origin. */
export function printConfig({ config, origins }: Loaded): string {
  const lines: string[] = [];
  let section = '';
  for (const path of optionPaths) {
    const [name = '', key = ''] = path.split('.');
    if (name !== section) {
      if (section !== '') lines.push('');
      lines.push(`[${name}]`);
      section = name;
    }
    const value = optionAt(path).secret === true && config[path] !== '' ? '(set)' : config[path];
    lines.push(`${key} = ${JSON.stringify(value)} # ${origins[path]}`);
  }
  return lines.join('\n');
}

/** The committed config.toml: every setting with its default and its sentence. */
export function defaultConfigFile(): string {
  const lines = [
    '# Settings of Greenroom, all at their defaults. A variable GREENROOM_<SECTION>_<KEY> overrides what stands here.',
  ];
  let section = '';
  for (const path of optionPaths) {
    const [name = '', key = ''] = path.split('.');
    if (name !== section) {
      lines.push('', `[${name}]`);
      section = name;
    }
    const option = optionAt(path);
    lines.push(`# ${option.sentence}`, `${key} = ${JSON.stringify(option.default)}`);
  }
  return `${lines.join('\n')}\n`;
}
