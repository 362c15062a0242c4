// The streams of a pod's first process, by way of kubectl: what a monitor speaks and hears.
import { lineQueue } from '#src/adapters/local/line-queue.ts';
import type { PodChannel } from '#src/ports/pods.ts';

import type { TestCluster } from '../engines/servers/kubernetes.ts';

export interface Attachment extends PodChannel {
  /** As when the way to the pod breaks. */
  cut(): Promise<void>;
}

export function attach(cluster: TestCluster, namespace: string, pod: string): Attachment {
  const child = Bun.spawn(
    [...cluster.kubectlCommand, '--namespace', namespace, 'attach', '--stdin', '--quiet', pod],
    { stdin: 'pipe', stdout: 'pipe', stderr: 'ignore' },
  );
  const output = lineQueue(64 * 1024 * 1024);
  void (async () => {
    for await (const chunk of child.stdout) output.push(chunk);
    output.end();
  })();
  return {
    async write(text) {
      child.stdin.write(text);
      await child.stdin.flush();
    },
    lines: () => afterReady(output.attach().lines),
    close: () => child.kill('SIGKILL'),
    async cut() {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
}

/** What it says before its job may or may not be heard: a pod runs before its first process has said it. */
async function* afterReady(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) if (!line.startsWith('{"ready"')) yield line;
}
