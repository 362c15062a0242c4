// An ordinary HTTP client of the interface: a session's cookie, its CSRF token, and the calls that tests need.
import { adminAccount, type Binary } from './binary.ts';

export interface Client {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  cookie: string;
  /** The same session at another process of the installation. */
  at(url: string): Client;
}

/** Makes the first administrator where there is none, and logs in. */
export async function adminClient(binary: Pick<Binary, 'url' | 'setupToken'>): Promise<Client> {
  if (binary.setupToken !== null) {
    const answer = await fetch(`${binary.url}/api/v1/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: binary.setupToken, ...adminAccount }),
    });
    if (!answer.ok) throw new Error(`set-up: ${answer.status} ${await answer.text()}`);
  }
  return login(binary.url, adminAccount.username, adminAccount.password);
}

export async function login(url: string, username: string, password: string): Promise<Client> {
  const answer = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    body: new URLSearchParams({ username, password }),
  });
  if (!answer.ok) throw new Error(`login: ${answer.status} ${await answer.text()}`);
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const { csrf_token: token } = (await answer.json()) as { csrf_token: string };
  return clientAt(url, { cookie, 'x-csrf-token': token });
}

function clientAt(url: string, session: { cookie: string; 'x-csrf-token': string }): Client {
  const api = `${url}/api/v1`;
  return {
    cookie: session.cookie,
    at: (other) => clientAt(other, session),
    get: (path, extra = {}) => fetch(api + path, { headers: { ...session, ...extra } }),
    post: (path, body, extra = {}) =>
      fetch(api + path, {
        method: 'POST',
        headers: {
          ...session,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...extra,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}
