// Applies a change to a copy of a document's body, the same for every store. Pure; a path can never reach an object's prototype.
import { DomainError } from '#src/domain/errors.ts';
import type { Json, JsonObject } from '#src/domain/json.ts';
import type { Change } from './documents.ts';

export function applyChange(body: JsonObject, change: Change): JsonObject {
  const next = structuredClone(body);
  for (const [path, value] of Object.entries(change.set ?? {})) {
    edit(next, path, () => structuredClone(value));
  }
  for (const path of change.unset ?? []) unset(next, path);
  for (const [path, amount] of Object.entries(change.inc ?? {})) {
    edit(next, path, (current) => numberAt(current, path) + amount);
  }
  for (const [path, value] of Object.entries(change.pull ?? {})) {
    if (valueAt(next, path) !== undefined) {
      edit(next, path, (current) => listAt(current, path).filter((one) => !isSame(one, value)));
    }
  }
  for (const [path, value] of Object.entries(change.push ?? {})) {
    edit(next, path, (current) => [...listAt(current, path), structuredClone(value)]);
  }
  return next;
}

/** What a dotted path names, or undefined. */
export function valueAt(body: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = body;
  for (const part of path.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

/** Objects on the way that are absent are made. */
function edit(body: JsonObject, path: string, next: (current: Json | undefined) => Json): void {
  const { parents, last } = partsOf(path);
  let parent = body;
  for (const part of parents) {
    const child: Json | undefined = Object.hasOwn(parent, part) ? parent[part] : {};
    const inner = child ?? {};
    if (!isObject(inner)) throw unfit(path);
    parent[part] = inner;
    parent = inner;
  }
  parent[last] = next(Object.hasOwn(parent, last) ? parent[last] : undefined);
}

function unset(body: JsonObject, path: string): void {
  const { parents, last } = partsOf(path);
  const parent = parents.length === 0 ? body : valueAt(body, parents.join('.'));
  if (isObject(parent)) delete parent[last];
}

const forbidden: ReadonlySet<string> = new Set(['', '__proto__', 'constructor', 'prototype']);

function partsOf(path: string): { parents: string[]; last: string } {
  const parts = path.split('.');
  const last = parts.pop();
  if (last === undefined || [...parts, last].some((part) => forbidden.has(part) || part.startsWith('$'))) {
    throw unfit(path);
  }
  return { parents: parts, last };
}

function numberAt(value: Json | undefined, path: string): number {
  if (value === undefined || value === null) return 0;
  if (typeof value !== 'number') throw unfit(path);
  return value;
}

function listAt(value: Json | undefined, path: string): Json[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw unfit(path);
  return value;
}

/** Whether both are the same JSON; the order of keys says nothing. */
function isSame(left: Json | undefined, right: Json | undefined): boolean {
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((one, index) => isSame(one, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return left === right;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isSame(left[key], right[key]))
  );
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const unfit = (path: string): DomainError =>
  new DomainError('invalid_state', 'A change does not fit the document', { detail: `path ${path}` });
