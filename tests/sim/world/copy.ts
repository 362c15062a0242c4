// Whatever crosses a port in the simulation is copied as JSON would copy it, bytes apart; what JSON could not carry fails.

export const copy = <Value>(value: Value): Value => plain(value) as Value;

function plain(value: unknown): unknown {
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
      if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : plain(item)));
      if (value instanceof Uint8Array) return value.slice();
      return members(value);
    default:
      throw new TypeError(`a ${typeof value} crossed a port`);
  }
}

function members(value: object): object {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError('an object with a class of its own crossed a port');
  // A plain object has no members but its own. Spread first: it is what the simulation does most.
  const result: Record<string, unknown> = { ...value };
  for (const name in result) {
    const member = result[name];
    if (member === undefined) delete result[name];
    else result[name] = plain(member);
  }
  return result;
}
