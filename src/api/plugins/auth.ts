// Guards: a route module uses one, and its handlers get `caller`. They decide by what the request's state says and look
// nothing up themselves. `derive` runs before validation, so a guest is refused before the request is judged.
import { Elysia } from 'elysia';
import { type Caller, isAdmin, type TokenScope } from '#src/domain/access.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { ApiContext } from '../context.ts';

/** `caller` may be null. */
export const anyone = (context: ApiContext) =>
  new Elysia().derive({ as: 'scoped' }, ({ request }) => ({ caller: context.stateOf(request).caller }));

/** Somebody who is logged in, or an API token with the scope: `read` for GET, `run` for the rest. */
export const requireUser = (context: ApiContext) =>
  new Elysia().derive({ as: 'scoped' }, ({ request }) => {
    const caller = known(context, request);
    const scope: TokenScope = request.method === 'GET' || request.method === 'HEAD' ? 'read' : 'run';
    if (!caller.scopes.includes(scope))
      throw new DomainError('forbidden', `This token lacks the scope ${scope}`);
    return { caller };
  });

/** A browser session; API tokens may not change accounts. */
export const requireSession = (context: ApiContext) =>
  new Elysia().derive({ as: 'scoped' }, ({ request }) => {
    const caller = known(context, request);
    if (caller.sessionId === null) throw new DomainError('forbidden', 'An API token may not do this');
    return { caller: { ...caller, sessionId: caller.sessionId } };
  });

/** An admin. An API token of theirs may look, if its scope allows that; only a session may change anything. */
export const requireAdmin = (context: ApiContext) =>
  new Elysia().derive({ as: 'scoped' }, ({ request }) => {
    const caller = known(context, request);
    if (!isAdmin(caller)) throw new DomainError('forbidden', 'Admin access required');
    const looks = request.method === 'GET' || request.method === 'HEAD';
    if (caller.sessionId === null && !(looks && caller.scopes.includes('read')))
      throw new DomainError('forbidden', 'An API token may not do this');
    return { caller };
  });

function known(context: ApiContext, request: Request): Caller {
  const { caller } = context.stateOf(request);
  if (caller === null) throw new DomainError('unauthorized', 'Not authenticated');
  return caller;
}
