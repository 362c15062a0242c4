// Whatever crosses a port in the simulation is copied as JSON would copy it, bytes apart; what JSON could not carry fails.
// What a store keeps is fixed: a copy that nobody can change, and that crosses as it is from then on.

export const copy = <Value>(value: Value): Value => plain(value, copied) as Value;

/** A copy that is frozen throughout: whoever tries to change it fails, so it needs no further copy. */
export const fix = <Value>(value: Value): Value => plain(value, fixed) as Value;

/** Everything that `fix` has made. Being frozen is not enough: what is inside might still change. */
const known = new WeakSet<object>();

type Keep = <Part extends object>(part: Part) => Part;

const copied: Keep = (part) => part;
const fixed: Keep = (part) => {
  known.add(Object.freeze(part));
  return part;
};

function plain(value: unknown, keep: Keep): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('a number that JSON cannot carry crossed a port');
      return value;
    case 'object':
      if (value === null) return null;
      if (Object.isFrozen(value) && known.has(value)) return value;
      if (Array.isArray(value)) return keep(items(value, keep));
      // Bytes cannot be frozen.
      if (value instanceof Uint8Array) {
        if (keep === fixed) throw new TypeError('bytes are never fixed');
        return value.slice();
      }
      return keep(members(value, keep));
    default:
      throw new TypeError(`a ${typeof value} crossed a port`);
  }
}

function items(value: readonly unknown[], keep: Keep): unknown[] {
  const result: unknown[] = [];
  for (const item of value) result.push(item === undefined ? null : plain(item, keep));
  return result;
}

function members(value: object, keep: Keep): object {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError('an object with a class of its own crossed a port');
  // A plain object has no members but its own. Spread first: it is what the simulation does most.
  const result: Record<string, unknown> = { ...value };
  for (const name in result) {
    const member = result[name];
    if (member === undefined) delete result[name];
    else if (typeof member !== 'string') result[name] = plain(member, keep);
  }
  return result;
}
