// What a role expects of its children's logic. The host replaces this one; left as it is, it fails at once and says so.
import { type AnyActorLogic, fromCallback } from 'xstate';

export interface ChildInput {
  name: string;
}

export const unprovidedChild: AnyActorLogic = fromCallback<{ type: 'DRAIN' }, ChildInput>(({ input }) => {
  throw new Error(`no logic was provided for ${input.name}`);
});
