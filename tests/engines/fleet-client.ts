// A client of an installation with several interfaces: whichever of them answers, as behind a balancer.

import type { Answer } from '#tests/soak/server.ts';
import { adminAccount } from '#tests/support/binary.ts';
import { type Client, login } from '#tests/support/client.ts';
import { until } from '#tests/support/until.ts';
import type { Deployment } from './deployment.ts';

export interface FleetClient {
  /** Resolves with one whose process answers. */
  client(): Promise<Client>;
  /** The answer, or null where it was lost: the outcome is unknown. Waits a little where nobody can answer. */
  ask(call: (client: Client) => Promise<Response>): Promise<Answer | null>;
  /** Requests that nobody answered within the bound. */
  late(): number;
}

/** So long after a lost or refused answer nothing is asked again. */
const pauseMs = 150;
/** No request may hang for longer, whatever is broken. */
export const answerWithinMs = 10_000;

/** @param names of the processes that play the api role, at least one of which is up. */
export async function fleetClient(fleet: Deployment, names: readonly string[]): Promise<FleetClient> {
  const [first = ''] = names;
  const session = await login(fleet.url(first), adminAccount.username, adminAccount.password);
  let turn = 0;
  let late = 0;

  async function client(): Promise<Client> {
    let found: Client | null = null;
    await until(async () => {
      turn += 1;
      const url = fleet.url(names[turn % names.length] ?? first);
      const answers = await fetch(`${url}/api/v1/health/live`, { signal: AbortSignal.timeout(1_000) }).then(
        ({ ok }) => ok,
        () => false,
      );
      if (answers) found = session.at(url);
      return answers;
    }, 60_000);
    return found ?? session;
  }

  return {
    client,
    async ask(call) {
      const through = await client();
      const answer = await within(call(through)).catch((error: unknown) => {
        if (error instanceof Late) late += 1;
        if (error instanceof Error) return null;
        throw error;
      });
      if (answer === null || answer.status >= 500) await Bun.sleep(pauseMs);
      return answer;
    },
    late: () => late,
  };
}

class Late extends Error {}

async function within(asking: Promise<Response>): Promise<Answer> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Late('no answer in time')), answerWithinMs);
  const answered = asking.then(async (response) => ({
    status: response.status,
    text: await response.text(),
  }));
  // Left behind where it is late.
  void Promise.allSettled([answered]);
  return Promise.race([answered, late.promise]).finally(() => clearTimeout(timer));
}
