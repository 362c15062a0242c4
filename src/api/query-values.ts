// Parameters of a query that may come several times.
import { invalid } from '#src/domain/errors.ts';

/** Every value of the parameter, in order. @throws validation for one that is not allowed */
export function queryValues<Value extends string>(
  request: Request,
  name: string,
  isAllowed: (text: string) => text is Value,
): Value[] {
  const given = new URL(request.url).searchParams.getAll(name);
  const values = given.filter(isAllowed);
  if (values.length < given.length) throw invalid('This value is not allowed', ['query', name]);
  return values;
}
