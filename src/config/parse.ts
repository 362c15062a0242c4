// One text or TOML value → one setting, or a sentence that says what was wrong and what is allowed.
import { parseCpuMillis, parseMemoryBytes } from '#src/domain/quantities.ts';
import type { Option, OptionValue } from './option.ts';

export type Parsed = { ok: true; value: OptionValue } | { ok: false; problem: string };

const wrong = (problem: string): Parsed => ({ ok: false, problem });
const right = (value: OptionValue): Parsed => ({ ok: true, value });

/** A value as TOML gives it: already typed. */
export function parseTyped(option: Option, value: unknown): Parsed {
  switch (option.kind) {
    case 'integer':
      return typeof value === 'number' ? integer(option, value) : wrong('must be a whole number');
    case 'boolean':
      return typeof value === 'boolean' ? right(value) : wrong('must be true or false');
    case 'list':
      return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
        ? list(option.allowed, value)
        : wrong('must be a list of texts');
    default:
      return typeof value === 'string' ? text(option, value) : wrong('must be a text');
  }
}

/** A value as a variable gives it: text; lists are separated by commas. */
export function parseText(option: Option, value: string): Parsed {
  switch (option.kind) {
    case 'integer':
      return /^-?\d+$/.test(value.trim()) ? integer(option, Number(value)) : wrong('must be a whole number');
    case 'boolean':
      if (value === 'true' || value === '1') return right(true);
      if (value === 'false' || value === '0') return right(false);
      return wrong('must be true or false');
    case 'list':
      return list(
        option.allowed,
        value
          .split(',')
          .map((entry) => entry.trim())
          .filter((entry) => entry !== ''),
      );
    default:
      return text(option, value);
  }
}

function integer(option: { minimum: number; maximum: number }, value: number): Parsed {
  if (!Number.isInteger(value) || value < option.minimum || value > option.maximum) {
    return wrong(`must be a whole number from ${option.minimum} to ${option.maximum}`);
  }
  return right(value);
}

function list(allowed: readonly string[] | undefined, value: string[]): Parsed {
  const unknown = allowed === undefined ? [] : value.filter((entry) => !allowed.includes(entry));
  if (unknown.length > 0)
    return wrong(`does not know ${unknown.join(', ')}; allowed: ${allowed?.join(', ')}`);
  return right([...new Set(value)]);
}

function text(option: Exclude<Option, { kind: 'integer' | 'boolean' | 'list' }>, value: string): Parsed {
  if (option.kind === 'memory') {
    return parseMemoryBytes(value) === null
      ? wrong('must be an amount of memory such as 512Mi')
      : right(value);
  }
  if (option.kind === 'cpu') {
    return parseCpuMillis(value) === null
      ? wrong('must be a processor share such as 1000m or 1')
      : right(value);
  }
  const { allowed } = option;
  if (allowed !== undefined && !allowed.includes(value)) return wrong(`must be one of ${allowed.join(', ')}`);
  return right(value);
}
