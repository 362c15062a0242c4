// The two cookies of a session: the token, which no script can read, and the CSRF token, which the web app must read.

export const sessionCookie = 'access_token';
export const csrfCookie = 'csrf_token';

/** The value of one cookie of a Cookie header, or null. The first of several counts. */
export function cookieIn(header: string | null, name: string): string | null {
  if (header === null) return null;
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

export interface SessionCookies {
  token: string;
  csrf: string;
  maxAgeSeconds: number;
  secure: boolean;
}

export function sessionCookies({ token, csrf, maxAgeSeconds, secure }: SessionCookies): string[] {
  const rest = `Path=/; Max-Age=${maxAgeSeconds}; SameSite=Strict${secure ? '; Secure' : ''}`;
  return [`${sessionCookie}=${token}; HttpOnly; ${rest}`, `${csrfCookie}=${csrf}; ${rest}`];
}

export const endedCookies = (secure: boolean): string[] =>
  sessionCookies({ token: '', csrf: '', maxAgeSeconds: 0, secure });
