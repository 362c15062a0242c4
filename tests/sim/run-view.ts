// What the checks read of an execution's context: parsed once here, so that no check depends on the machine's own code.
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { SagaRecord } from '#src/domain/saga-record.ts';
import type { World } from './world/world.ts';

const viewSchema = Type.Object({
  attempt: Type.Number(),
  retried: Type.Boolean(),
  stdinOpen: Type.Boolean(),
  held: Type.Array(Type.Number()),
  slots: Type.Record(Type.String(), Type.Number()),
  podName: Type.Union([Type.Null(), Type.String()]),
  queuedAt: Type.Number(),
  evidence: Type.Object({
    exit: Type.Optional(Type.Object({ cause: Type.String() })),
    cancel: Type.Optional(Type.Unknown()),
    overdue: Type.Optional(Type.Unknown()),
    queueExpired: Type.Optional(Type.Unknown()),
    lost: Type.Optional(Type.Object({ words: Type.String() })),
    unstartable: Type.Optional(Type.Object({ words: Type.String() })),
    quarantined: Type.Optional(Type.Object({ words: Type.String() })),
    storage: Type.Optional(Type.Object({ words: Type.String() })),
  }),
  verdict: Type.Union([Type.Null(), Type.Object({ status: Type.String(), reason: Type.String() })]),
  result: Type.Union([Type.Null(), Type.Object({ last: Type.Number() })]),
});
export type ExecutionView = Static<typeof viewSchema>;

const parsed = new WeakMap<object, ExecutionView>();

export function executionContextOf({ id, snapshot: { context } }: SagaRecord): ExecutionView {
  const known = parsed.get(context);
  if (known !== undefined) return known;
  const view: unknown = context;
  if (!Value.Check(viewSchema, view)) throw new TypeError(`the context of ${id} is none of an execution`);
  parsed.set(context, view);
  return view;
}

/** The cause in the exit frame that ends an attempt's log, or null. */
export function exitOf({ output }: World, id: string, attempt: number): string | null {
  const last = output.output(id, attempt).frames.at(-1);
  if (last?.channel !== 'exit') return null;
  const account: unknown = JSON.parse(new TextDecoder().decode(last.data));
  return typeof account === 'object' && account !== null && 'cause' in account ? String(account.cause) : null;
}
