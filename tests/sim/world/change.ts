// One change of one document: set, unset, inc, push and pull at dotted paths.
import type { Json, JsonObject } from '#src/domain/json.ts';
import type { Change } from '#src/ports/documents.ts';
import { copy } from './copy.ts';

export function changed(body: JsonObject, change: Change): JsonObject {
  const next = copy(body);
  for (const [path, value] of Object.entries(change.set ?? {})) at(next, path, () => copy(value));
  for (const path of change.unset ?? []) at(next, path, () => undefined);
  for (const [path, by] of Object.entries(change.inc ?? {}))
    at(next, path, (old) => (typeof old === 'number' ? old : 0) + by);
  for (const [path, value] of Object.entries(change.push ?? {}))
    at(next, path, (old) => [...(Array.isArray(old) ? old : []), copy(value)]);
  for (const [path, value] of Object.entries(change.pull ?? {})) {
    const unwanted = JSON.stringify(value);
    at(next, path, (old) =>
      Array.isArray(old) ? old.filter((item) => JSON.stringify(item) !== unwanted) : old,
    );
  }
  return next;
}

/** Replaces what is at the path, making the objects on the way; undefined takes it away. */
function at(body: JsonObject, path: string, by: (old: Json | undefined) => Json | undefined): void {
  const names = path.split('.');
  const last = names.pop();
  let place = body;
  for (const name of names) {
    const below = place[name];
    const inside: JsonObject = isObject(below) ? below : {};
    place[name] = inside;
    place = inside;
  }
  if (last === undefined) return;
  const value = by(place[last]);
  if (value === undefined) delete place[last];
  else place[last] = value;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
