// Where in the source an event type is said and where it is heard. Forms are few because they are kept few: said as the
// `type` of an object or through one of the two makers, heard under its name among a consumer's handlers.
import { codeOf, type SourceFile } from './source.ts';

/** Domain lists every type, and the interface only shows them: neither says or hears anything. */
const speaks = /^(?:actors|machines|src\/app)\//;
const hears = /^actors\//;

const said = [
  // `type: 'x'` in an object; a type's member ends with a semicolon or a bracket.
  /\btype: '([a-z_]+)'(?: as const)?,/g,
  /\b(?:makeEvent|attemptEvent)\(\s*(?:[\w.]+,\s*)?'([a-z_]+)',/g,
  /\battemptEvent\(\s*[\w.]+,\s*\w+ \? '([a-z_]+)' : '([a-z_]+)',/g,
];
const heard = [/\bcase '([a-z_]+)':/g, /\b([a-z_]+): (?:async\b|\w+\()/g, /\basync ([a-z_]+)\(/g];

export const saidIn = (files: readonly SourceFile[]): Set<string> => found(files, speaks, said);
export const heardIn = (files: readonly SourceFile[]): Set<string> => found(files, hears, heard);

function found(files: readonly SourceFile[], where: RegExp, patterns: readonly RegExp[]): Set<string> {
  const codes = files.filter(({ path }) => where.test(path)).map(({ text }) => codeOf(text));
  const matches = codes.flatMap((code) => patterns.flatMap((pattern) => [...code.matchAll(pattern)]));
  return new Set(matches.flatMap(([, ...names]) => names.filter((name) => name !== undefined)));
}
