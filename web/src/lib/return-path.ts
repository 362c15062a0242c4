// Where to go after login. Only paths of this app: an address that leads elsewhere is never followed.

export function returnPath(wanted: unknown): string {
  if (typeof wanted !== 'string' || !wanted.startsWith('/') || /^\/[/\\]/.test(wanted)) return '/editor';
  const url = new URL(wanted, 'http://app.invalid');
  if (url.host !== 'app.invalid' || ['/login', '/register', '/setup'].includes(url.pathname))
    return '/editor';
  return `${url.pathname}${url.search}`;
}
