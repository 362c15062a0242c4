// Running a script: what a person asks for becomes a run, once for each idempotency key.
import type { Caller } from '#src/domain/access.ts';
import { DomainError } from '#src/domain/errors.ts';
import type { Json } from '#src/domain/json.ts';
import type { ExecutionDeps } from './dependencies.ts';
import { requestKey } from './idempotency.ts';
import { acceptedRequest, mayAsk, type RunRequest } from './request.ts';
import { type StartedRun, startedEarlier, startRun } from './start.ts';

/** @throws validation, forbidden, throttled, conflict */
export async function execute(
  deps: ExecutionDeps,
  caller: Caller,
  request: RunRequest,
  idempotencyKey: string | null,
): Promise<StartedRun> {
  const key = idempotencyKey === null ? null : requestKey(caller.userId, idempotencyKey, asSent(request));
  // A repetition is answered even where a new run would be refused.
  const earlier = key === null ? null : await startedEarlier(deps, key);
  if (earlier !== null) return earlier;
  if (!mayAsk(caller, request.priority))
    throw new DomainError('forbidden', 'Only admins may raise the priority above normal');
  const accepted = acceptedRequest(request, deps.policy(), await deps.runtimes());
  return startRun(deps, caller, { ...accepted, priority: request.priority }, key);
}

const asSent = (request: RunRequest): Json => [
  request.script,
  request.language,
  request.version,
  request.stdin,
  request.stdinOpen,
  [...request.args],
  request.files.map(({ path, content, encoding }) => [path, content, encoding]),
  Object.entries(request.env).sort(([a], [b]) => (a < b ? -1 : 1)),
  [request.limits.timeoutSeconds ?? null, request.limits.memory ?? null, request.limits.cpu ?? null],
  request.priority,
];
