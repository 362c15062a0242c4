// Commands beside a running server: a socket in the data folder that only its owner may open. The server holds the store,
// so a command asks the server instead of opening the store a second time.
import { chmod, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DomainError, isDomainError } from '#src/domain/errors.ts';
import type { JsonObject } from '#src/domain/json.ts';

export type Commands = Readonly<Record<string, (input: JsonObject) => Promise<JsonObject>>>;

export interface CommandSocket {
  close(): Promise<void>;
}

const socketPath = (dataDir: string): string => join(resolve(dataDir), 'command.sock');

export async function listenForCommands(dataDir: string, commands: Commands): Promise<CommandSocket> {
  const path = socketPath(dataDir);
  // The folder's lock is held: a socket that is there was left by a process that is gone.
  await rm(path, { force: true });
  const server = Bun.serve({
    unix: path,
    async fetch(request) {
      const command = commands[new URL(request.url).pathname.slice(1)];
      if (command === undefined || request.method !== 'POST') return Response.json({}, { status: 404 });
      try {
        return Response.json(await command((await request.json()) as JsonObject));
      } catch (error) {
        const detail = isDomainError(error) ? error.message : 'The command failed; the log tells why';
        return Response.json({ detail }, { status: 400 });
      }
    },
  });
  await chmod(path, 0o600);
  return {
    async close() {
      await server.stop(true);
      await rm(path, { force: true });
    },
  };
}

/** The answer of the running server, or null when none runs on this folder. */
export async function askServer(
  dataDir: string,
  command: string,
  input: JsonObject,
): Promise<JsonObject | null> {
  let response: Response;
  try {
    response = await fetch(`http://localhost/${command}`, {
      unix: socketPath(dataDir),
      method: 'POST',
      body: JSON.stringify(input),
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (refusals.has(code)) return null;
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    const advice = 'This user may not speak with the server of this data folder; run the command as its user';
    throw new DomainError('forbidden', advice, { detail: dataDir, cause: error });
  }
  const answer = (await response.json()) as JsonObject;
  if (!response.ok) throw new DomainError('validation', String(answer.detail ?? 'The command failed'));
  return answer;
}

/** No socket, or one that nobody listens on. */
const refusals = new Set(['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'FailedToOpenSocket', 'ConnectionRefused']);
