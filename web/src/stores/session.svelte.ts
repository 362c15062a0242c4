// Who is logged in, as the server says. Pages that need somebody ask here; nothing is remembered beyond the page.
import { getAuthMe, postAuthLogin, postAuthLogout } from '#web/lib/api/sdk.gen.ts';
import type { UserResponse } from '#web/lib/api/types.gen.ts';
import { outcomeOf, type Problem } from '#web/lib/errors.ts';

export type SessionState =
  | { kind: 'unknown' }
  | { kind: 'guest' }
  | { kind: 'user'; user: UserResponse }
  | { kind: 'failed'; problem: Problem };

class SessionStore {
  #state = $state.raw<SessionState>({ kind: 'unknown' });
  #left = false;

  get state(): SessionState {
    return this.#state;
  }

  get user(): UserResponse | null {
    return this.#state.kind === 'user' ? this.#state.user : null;
  }

  /** The guest logged out on purpose. */
  get left(): boolean {
    return this.#left;
  }

  async load(): Promise<void> {
    const outcome = await outcomeOf(getAuthMe());
    if (outcome.ok) this.#state = { kind: 'user', user: outcome.data };
    else if (outcome.problem.kind === 'unauthorised') this.#state = { kind: 'guest' };
    else this.#state = { kind: 'failed', problem: outcome.problem };
  }

  /** Null when it went well. */
  async logIn(username: string, password: string): Promise<Problem | null> {
    const outcome = await outcomeOf(postAuthLogin({ body: { username, password } }));
    if (!outcome.ok) return outcome.problem;
    this.#left = false;
    await this.load();
    return this.#state.kind === 'failed' ? this.#state.problem : null;
  }

  async logOut(): Promise<Problem | null> {
    const outcome = await outcomeOf(postAuthLogout());
    if (!outcome.ok && outcome.problem.kind !== 'unauthorised') return outcome.problem;
    this.#left = true;
    this.#state = { kind: 'guest' };
    return null;
  }

  /** The server no longer knows the session. */
  expired(): void {
    this.#state = { kind: 'guest' };
  }
}

export const session = new SessionStore();
