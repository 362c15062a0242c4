// `npm run dev`: the server restarts when its sources change; the web app reloads in the browser on port 5173.
import { spawn } from 'bun';

const environment = { ...process.env, GREENROOM_SERVER_ENVIRONMENT: 'development' };
const start = (command: string[]) =>
  spawn([process.execPath, ...command], { env: environment, stdio: ['inherit', 'inherit', 'inherit'] });

const children = [
  start(['--watch', 'src/main.ts', 'serve']),
  start(['node_modules/vite/bin/vite.js', 'web']),
];
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const child of children) child.kill(signal);
  });
}
const codes = await Promise.all(
  children.map(async (child) => {
    const code = await child.exited;
    // One without the other is of no use.
    for (const other of children) other.kill();
    return code;
  }),
);
process.exit(Math.max(...codes));
