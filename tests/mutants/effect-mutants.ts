// One mutant for each effect that an execution may emit: it is never emitted. None may survive, informing events included.
import { executionEffectTypes } from '#machines/execution/effects.ts';
import type { Mutant } from './mutant.ts';

const line = 'for (const effect of what(context, event)) enqueue.emit(effect);';

export const effectMutants: readonly Mutant[] = [...executionEffectTypes, 'armTimer'].map((type) => ({
  ...excuseOf(type),
  name: `no ${type}`,
  breaks: `An execution emits ${type} where its path demands it.`,
  file: 'machines/execution/actions.ts',
  find: line,
  replace: `for (const effect of what(context, event)) if (effect.type !== '${type}') enqueue.emit(effect);`,
}));

function excuseOf(type: string): Pick<Mutant, 'excuse'> {
  if (type !== 'result_failed') return {};
  const reason = 'the simulated stores may be away, but never refuse a result for good';
  return { excuse: { kind: 'covered', by: 'tests/machines/execution-limits.test.ts', reason } };
}
