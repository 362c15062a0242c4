// For whoever has to know in the end: what an installation could not say at the moment is asked for again.
import type { Client } from '#tests/support/client.ts';
import { untilGiven } from '#tests/support/until.ts';

const withinMs = 60_000;

/** Reads again as long as the answer is that it is not available. What changes something is asked for once. */
export const insistently = (client: Client): Client => ({
  ...client,
  at: (url) => insistently(client.at(url)),
  get: (path, headers) =>
    untilGiven(
      `${path} is answered`,
      async () => {
        const answer = await client.get(path, headers);
        return answer.status === 503 ? null : answer;
      },
      { withinMs },
    ),
});
