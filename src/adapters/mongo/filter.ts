// Compiles the filter language to the server's. Names of fields are checked and texts escaped, so that nothing of a caller's
// is an operator or a pattern. Conditions stay at the top where they can: an index is found by them there.
import type { Document } from 'mongodb';
import { invalid } from '#src/domain/errors.ts';
import type { Condition, Filter, Scalar } from '#src/ports/filter.ts';

/** Where a field of the port lies in a document of ours. */
export type PathOf = (field: string) => string;

const fieldName = /^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$/;

export const isFieldName = (text: string): boolean => text.length <= 200 && fieldName.test(text);

/** @throws validation */
export function checkedField(field: string): string {
  if (!isFieldName(field)) throw invalid('Not the name of a field', ['where']);
  return field;
}

export function compileFilter(where: Filter, pathOf: PathOf): Document {
  const compiled: Document = {};
  const further: Document[] = [];
  for (const [field, condition] of Object.entries(where)) {
    const path = pathOf(checkedField(field));
    const operators: Document = {};
    for (const [name, value] of operatorsOf(condition)) {
      if (name in operators) further.push({ [path]: { [name]: value } });
      else operators[name] = value;
    }
    if (Object.keys(operators).length > 0) compiled[path] = operators;
  }
  return further.length === 0 ? compiled : { ...compiled, $and: further };
}

/** All of them, where both may name the same fields. */
export function both(left: Document, right: Document): Document {
  const { $and: further = [], ...rest } = left;
  return Object.keys(right).length === 0 ? left : { ...rest, $and: [...further, right] };
}

/** To the server, null is also what is absent, and a value also equals a list that contains it, as the port wants it. */
function operatorsOf(condition: Scalar | Condition): [string, unknown][] {
  if (condition === null || typeof condition !== 'object') return [['$eq', wellFormed(condition)]];
  const operators: [string, unknown][] = [];
  if (condition.in !== undefined) operators.push(['$in', condition.in.map(wellFormed)]);
  if (condition.not !== undefined) operators.push(['$ne', wellFormed(condition.not)]);
  if (condition.exists !== undefined) operators.push([condition.exists ? '$ne' : '$eq', null]);
  if (condition.text !== undefined) operators.push(['$regex', patternOf(condition.text)]);
  for (const name of ['gt', 'gte', 'lt', 'lte'] as const) {
    const limit = condition[name];
    if (limit !== undefined) operators.push([`$${name}`, wellFormed(limit)]);
  }
  return operators;
}

/** The server stores no half of a letter; see body-encoding.ts. */
const wellFormed = (value: Scalar): Scalar => (typeof value === 'string' ? value.toWellFormed() : value);

/**
 * A pattern that contains the text, each letter in both cases. The server's own way to ignore the case differs from version to
 * version beyond ASCII.
 */
const patternOf = (text: string): string => [...text.toWellFormed()].map(patternOfLetter).join('');

function patternOfLetter(letter: string): string {
  const cases = new Set([letter, letter.toLowerCase(), letter.toUpperCase()]);
  const single = [...cases].filter((one) => [...one].length === 1);
  return single.length === 1 ? escaped(letter) : `[${single.map(escaped).join('')}]`;
}

/** A backslash makes every sign that is no letter or digit stand for itself; nothing below a blank can be written so. */
const escaped = (letter: string): string => {
  if (letter < ' ') return `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return /^[!-/:-@[-`{-~]$/.test(letter) ? `\\${letter}` : letter;
};
