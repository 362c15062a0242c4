// What is often known at once and else is waited for. A promise for what is known costs a turn of its own, which shows where every
// request waits for several.

export type Soon<Value> = Value | Promise<Value>;

/** Goes on with the value: at once if it is known, else when it comes. */
export const whenKnown = <Value, Next>(value: Soon<Value>, next: (value: Value) => Soon<Next>): Soon<Next> =>
  value instanceof Promise ? value.then(next) : next(value);
