// Starts one cluster, runs a command that needs it with KUBECONFIG in its environment, and leaves nothing behind.
//   bun tests/kubernetes/run.ts COMMAND …
import { startKubernetes } from '../engines/servers/kubernetes.ts';

const command = process.argv.slice(2);
if (command.length === 0) throw new Error('usage: bun tests/kubernetes/run.ts COMMAND …');
const began = Bun.nanoseconds();
const cluster = await startKubernetes();
try {
  process.stdout.write(
    `the cluster runs (${((Bun.nanoseconds() - began) / 1e9).toFixed(1)} s): ${cluster.kubeconfig}\n`,
  );
  const child = Bun.spawn(command, {
    env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
    stdin: 'inherit',
    stdout: 'inherit',
    stderr: 'inherit',
  });
  process.exitCode = await child.exited;
} finally {
  await cluster.stop();
}
