// The one place that prepares requests: the session travels by cookie, its proof against forgery in a header; and the one
// that notices when the server no longer knows the session.
import { client } from './api/client.gen.ts';
import { cookieIn } from './cookies.ts';

export function prepareClient(onExpired: () => void): void {
  client.setConfig({ credentials: 'same-origin' });
  client.interceptors.request.use((request) => {
    const token = request.method === 'GET' ? null : cookieIn(document.cookie, 'csrf_token');
    if (token !== null && token !== '') request.headers.set('X-CSRF-Token', token);
    return request;
  });
  client.interceptors.response.use((response, request) => {
    // At login the same status means a wrong password.
    if (response.status === 401 && !new URL(request.url).pathname.includes('/auth/')) onExpired();
    return response;
  });
}
