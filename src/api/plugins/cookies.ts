// The two cookies of a session: the token, which no script can read, and the CSRF token, which the web app must read.

export const sessionCookie = 'access_token';
export const csrfCookie = 'csrf_token';

/** The value of one cookie of a Cookie header, or null. The first of several counts. */
export function cookieIn(header: string | null, name: string): string | null {
  if (header === null) return null;
  for (let from = 0; from < header.length; ) {
    const semicolon = header.indexOf(';', from);
    const end = semicolon < 0 ? header.length : semicolon;
    const at = header.indexOf('=', from);
    if (at > from && at < end && header.slice(from, at).trim() === name)
      return header.slice(at + 1, end).trim();
    from = end + 1;
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
