// JSON as strangers send it. It must be UTF-8, no deeper than anything that we ever ask for, without halves of characters
// and without a key that could reach a prototype: all that follows (checks of schemas, stores, answers) walks it by
// recursion, assigns its keys and writes its texts down. It must never change what it was given.
import { DomainError, invalid } from '#src/domain/errors.ts';
import { type Fault, RequestFaults } from '../request-faults.ts';

const depthMax = 32;
const place = ['body'];
// A byte order mark is not part of the text.
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws validation */
export function textIn(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new DomainError('validation', 'The body is not valid UTF-8', { location: place, cause });
  }
}

/** @throws validation */
export function parsedJson(text: string): unknown {
  // Before it is parsed: what is nested by the million costs memory and time long before it is refused.
  if (isDeep(text)) throw invalid(`The body is nested more than ${depthMax} levels deep`, place);
  const value = parsed(text);
  const fault = faultIn(value);
  if (fault !== null) throw new RequestFaults([{ ...fault, loc: [...place, ...fault.loc] }]);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DomainError('validation', 'The body is not valid JSON', { location: place, cause });
  }
}

function isDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charCodeAt(at);
    if (letter === quote) at = endOfText(text, at);
    else if (letter === openBracket || letter === openBrace) depth += 1;
    else if (letter === closeBracket || letter === closeBrace) depth -= 1;
    if (depth > depthMax) return true;
  }
  return false;
}

const quote = 34;
const backslash = 92;
const openBracket = 91;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;

/** Where the quote stands that ends the text begun here; the end of everything when none does. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}

/** The first text or name that may not be. Its place is put together on the way back: a body may have millions of texts. */
function faultIn(value: unknown): Fault | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : broken;
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, one] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    const fault = (typeof name === 'string' ? faultOfName(name) : null) ?? faultIn(one);
    if (fault !== null) return { ...fault, loc: [name, ...fault.loc] };
  }
  return null;
}

function faultOfName(name: string): Fault | null {
  if (name === '__proto__') return { loc: [], msg: 'No field may have this name', type: 'value_error' };
  return name.isWellFormed() ? null : broken;
}

const broken: Fault = { loc: [], msg: 'The text is not valid Unicode', type: 'value_error' };
