// Shapes that every area of the interface shares. Only the schema library and values of the domain.
import { t } from 'elysia';

export const errorResponse = t.Object({
  detail: t.Union([
    t.String(),
    t.Array(t.Object({ loc: t.Array(t.Union([t.String(), t.Number()])), msg: t.String(), type: t.String() })),
  ]),
  type: t.String(),
});

export const messageResponse = t.Object({ message: t.String() });

/** The errors that a route may answer besides its success; spread into `response`. */
export function errors<const Status extends number>(...statuses: readonly Status[]) {
  const entries = statuses.map((status) => [status, errorResponse] as const);
  return Object.fromEntries(entries) as Record<Status, typeof errorResponse>;
}
