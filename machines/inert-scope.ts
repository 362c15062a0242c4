// What a chart is stepped in: it hears of every action, runs none and keeps nothing. The state library's own `transition`
// starts an actor for each step, and with it runs the chart from its beginning, only to throw it away.
import { type AnyActorScope, createEmptyActor } from 'xstate';

export interface Action {
  type: string;
  params?: unknown;
}

/** For one step: its actions are gathered in order. */
export function inertScope(): { scope: AnyActorScope; actions: readonly Action[] } {
  const actions: Action[] = [];
  const actionExecutor = (action: Action): void => void actions.push(action);
  return { scope: { ...nobody, actionExecutor }, actions };
}

const nothing = (): void => undefined;
/** Never started: it takes no event, and a durable chart addresses nobody. */
const self = createEmptyActor();
const nobody = {
  self,
  system: self.system,
  id: '',
  sessionId: '',
  logger: nothing,
  defer: nothing,
  stopChild: nothing,
  emit: nothing,
};
