// What every route may answer besides its own success. Only the schema library.
import { t } from 'elysia';

const fault = t.Object({
  loc: t.Array(t.Union([t.String(), t.Number()])),
  msg: t.String(),
  type: t.String(),
});

export const errorResponse = t.Object({
  detail: t.Union([t.String(), t.Array(fault)]),
  type: t.String(),
  retry_after: t.Optional(t.Number()),
  reset_at: t.Optional(t.String()),
});

export const messageResponse = t.Object({ message: t.String() });

/** Answers of which the route tells only success; these may come from any route as well. */
const everywhere = [401, 403, 422, 429, 500, 503] as const;

/** The errors that a route may answer besides its success; spread into `response`. */
export function errors<const Status extends number = never>(...statuses: readonly Status[]) {
  const entries = [...everywhere, ...statuses].map((status) => [status, errorResponse] as const);
  return Object.fromEntries(entries) as Record<Status | (typeof everywhere)[number], typeof errorResponse>;
}
