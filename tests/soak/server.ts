// One server under attack: killed and started again on the same folder and port. Whoever calls it waits until it is there.
import { adminAccount, type Binary, startBinary } from '#tests/support/binary.ts';
import { adminClient, type Client, login } from '#tests/support/client.ts';

export interface Attacked {
  /** Resolves while the server is up. */
  client(): Promise<Client>;
  /** The answer, or null where the server died before or while it answered: the outcome is unknown. */
  ask(call: (client: Client) => Promise<Response>): Promise<Answer | null>;
  killAndRestart(): Promise<void>;
  stop(): Promise<number>;
  kills(): number;
  printed(): string;
}

export interface Answer {
  status: number;
  text: string;
}

export async function attackedServer(
  dataDir: string,
  environment: Record<string, string>,
): Promise<Attacked> {
  let binary: Binary = await startBinary({ dataDir, environment });
  const port = Number(new URL(binary.url).port);
  let present: Promise<Client> = adminClient(binary);
  await present;
  let kills = 0;
  let printedBefore = '';
  return {
    client: () => present,
    async ask(call) {
      const client = await present;
      try {
        const answer = await call(client);
        return { status: answer.status, text: await answer.text() };
      } catch (error) {
        // Cut off in the middle; anything else that a request may throw is cut off, too.
        if (error instanceof Error) return null;
        throw error;
      }
    },
    async killAndRestart() {
      const up = Promise.withResolvers<Client>();
      present = up.promise;
      try {
        await binary.stop('SIGKILL');
        kills += 1;
        printedBefore += binary.output();
        binary = await startBinary({ dataDir, environment, port });
        up.resolve(await login(binary.url, adminAccount.username, adminAccount.password));
      } catch (error) {
        up.reject(error);
        throw error;
      }
    },
    stop: () => binary.stop(),
    kills: () => kills,
    printed: () => printedBefore + binary.output(),
  };
}
