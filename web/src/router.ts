// The pages by path. Each is loaded when it is first visited. Pages never import this: they go by lib/navigation.ts.
import { createRouter } from 'sv-router';

createRouter({
  '/editor': () => import('./routes/Editor.svelte'),
  '/login': () => import('./routes/Login.svelte'),
  '/register': () => import('./routes/Register.svelte'),
  '/setup': () => import('./routes/Setup.svelte'),
  '*': () => import('./routes/NotFound.svelte'),
});
